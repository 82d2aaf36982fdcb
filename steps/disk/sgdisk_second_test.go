package disk_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Where the second table is at the end already, moving it there changes no byte.
func TestSecondTableStays(t *testing.T) {
	if testing.Short() {
		t.Skip("real tables of partitions: not in the inner loop")
	}
	file := image(t, 64*mib)
	runTool(t, "sgdisk", "--new=1:2048:+8M", file)
	empty, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	command := tools.Sgdisk(file, nil, []tools.NewPartition{
		{Number: 2, First: 65536, Last: 98303, Type: tools.TypeLUKS, UUID: "88888888-0000-4000-8000-000000000001", Label: "new"},
	}).Argv
	var results [][]byte
	for _, argv := range [][]string{command, slices.DeleteFunc(slices.Clone(command), func(a string) bool { return a == "--move-second-header" })} {
		if err := os.WriteFile(file, empty, 0o600); err != nil {
			t.Fatal(err)
		}
		runTool(t, argv...)
		result, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, result)
	}
	if !bytes.Equal(results[0], results[1]) {
		t.Error("the bytes of the disk differ")
	}
	if bytes.Equal(results[0], empty) {
		t.Error("nothing was made")
	}
}
