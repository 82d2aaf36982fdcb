package disk

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// TestTableHash changes with everything that a partition is, and with nothing
// that one boot makes of it.
func TestTableHash(t *testing.T) {
	base := detectAt(run.NewReal("../../tests/machines/windows-gap", nil)).Disks[0]
	clone := func() steps.Disk {
		disk := base
		disk.Partitions = slices.Clone(base.Partitions)
		return disk
	}
	for name, change := range map[string]func(*steps.Disk){
		"added":     func(d *steps.Disk) { d.Partitions = append(d.Partitions, steps.Partition{Number: 9}) },
		"removed":   func(d *steps.Disk) { d.Partitions = d.Partitions[1:] },
		"moved":     func(d *steps.Disk) { d.Partitions[2].Start += 512 },
		"resized":   func(d *steps.Disk) { d.Partitions[2].Size -= 512 },
		"retyped":   func(d *steps.Disk) { d.Partitions[2].TypeGUID = typeESP },
		"renamed":   func(d *steps.Disk) { d.Partitions[2].Label = "x" },
		"formatted": func(d *steps.Disk) { d.Partitions[2].Content = steps.Content{Kind: "ext4", UUID: "1"} },
		"new table": func(d *steps.Disk) { d.TableUUID = "1" },
	} {
		disk := clone()
		change(&disk)
		if TableHash(disk) == base.TableHash {
			t.Errorf("%s: the hash is the same", name)
		}
	}
	same := clone()
	slices.Reverse(same.Partitions)
	same.Name = "sdq"
	for i := range same.Partitions {
		same.Partitions[i].Name, same.Partitions[i].Content.Used, same.Partitions[i].Holders = "sdq1", 5, []string{"mounted at /"}
		same.Partitions[i].PartUUID = strings.ToUpper(same.Partitions[i].PartUUID)
	}
	if TableHash(same) != base.TableHash {
		t.Error("another kernel name, order or use changed the hash")
	}
}

// TestTableHashSeparates has texts that run into each other where nothing
// stands between them.
func TestTableHashSeparates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`["\\ a\n]{0,4}`)
		one := steps.Disk{Partitions: []steps.Partition{{Label: text.Draw(t, "label"), Content: steps.Content{Kind: text.Draw(t, "kind")}}}}
		other := steps.Disk{Partitions: []steps.Partition{{Label: text.Draw(t, "label"), Content: steps.Content{Kind: text.Draw(t, "kind")}}}}
		equal := cmp.Equal(one, other)
		if (TableHash(one) == TableHash(other)) != equal {
			t.Fatalf("equal %v, and hashes say otherwise: %+v, %+v", equal, one, other)
		}
	})
}
