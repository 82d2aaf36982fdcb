package machine_test

import (
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

// BenchmarkDetect measures the detection of a machine with eight disks and
// 48 mounted partitions, with the recorded answer of lsblk and with the
// program itself. The aim is less than 300 ms.
func BenchmarkDetect(b *testing.B) {
	for _, recorded := range []bool{true, false} {
		name := map[bool]string{true: "lsblk recorded", false: "lsblk run"}[recorded]
		b.Run(name, func(b *testing.B) {
			m := machine.Eight()
			m.Lsblk = recorded
			root := b.TempDir()
			if err := m.Write(root); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if facts := detect(b, root); len(facts.Disks) != 9 {
					b.Fatalf("found %d disks: %v", len(facts.Disks), facts.Absent)
				}
			}
		})
	}
}
