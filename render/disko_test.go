package render

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
)

func oneDisk(device string, partitions ...steps.LayoutPartition) steps.Layout {
	return steps.Layout{Disks: []steps.LayoutDisk{{Name: "main", Device: device, Partitions: partitions}}}
}

// disko.nix is data: Nix evaluates it without a function and without disko.
func TestDiskoIsData(t *testing.T) {
	layout := oneDisk("/dev/disk/by-id/x", steps.LayoutPartition{
		Name: "cryptroot", Type: "8309", Number: 1, Rest: true,
		Content: steps.LayoutNode{
			Type: steps.NodeLUKS, Name: "cryptroot", Discard: true,
			Inner: &steps.LayoutNode{Type: steps.NodeBtrfs, Subvolumes: []steps.Subvolume{{Name: "@root", Mountpoint: "/"}}},
		},
	})
	layout.Mounts = []steps.LayoutMount{{Mountpoint: "/tmp", Format: "tmpfs", MountOptions: []string{"size=50%"}}}
	text, err := Disko(layout)
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(evaluate(t, text), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"disko": map[string]any{"devices": map[string]any{
		"disk": map[string]any{"main": map[string]any{
			"type": "disk", "device": "/dev/disk/by-id/x",
			"content": map[string]any{"type": "gpt", "partitions": map[string]any{"cryptroot": map[string]any{
				"priority": 1.0, "size": "100%", "type": "8309",
				"content": map[string]any{
					"type": "luks", "name": "cryptroot", "settings": map[string]any{"allowDiscards": true, "bypassWorkqueues": true},
					"content": map[string]any{"type": "btrfs", "subvolumes": map[string]any{"@root": map[string]any{"mountpoint": "/"}}},
				},
			}}},
		}},
		"nodev": map[string]any{"/tmp": map[string]any{"device": "tmpfs", "fsType": "tmpfs", "mountOptions": []any{"size=50%"}}},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDiskoSizes(t *testing.T) {
	for size, want := range map[uint64]string{1 << 30: `"1G"`, 1536 << 20: `"1536M"`, 100 << 10: `"100K"`, 24 << 40: `"24576G"`} {
		text, err := Disko(oneDisk("/dev/disk/by-id/x", steps.LayoutPartition{Name: "a", Size: size, Content: steps.LayoutNode{Type: steps.NodeSwap}}))
		if err != nil || !strings.Contains(text, "size = "+want+";") {
			t.Errorf("%d is not written as %s: %v", size, want, err)
		}
	}
}

func TestDiskoRefuses(t *testing.T) {
	swap := steps.LayoutNode{Type: steps.NodeSwap}
	shared := oneDisk("/dev/disk/by-id/x", steps.LayoutPartition{Name: "a", Size: 1 << 20, Content: swap})
	shared.Disks[0].Shared = true
	tests := map[string]struct {
		layout steps.Layout
		want   string
	}{
		"a kernel name":               {oneDisk("/dev/sda", steps.LayoutPartition{Name: "a", Size: 1 << 20, Content: swap}), `the device "/dev/sda" has no name in /dev/disk`},
		"no size":                     {oneDisk("/dev/disk/by-id/x", steps.LayoutPartition{Name: "a", Content: swap}), "a size of 0 bytes"},
		"a size in sectors":           {oneDisk("/dev/disk/by-id/x", steps.LayoutPartition{Name: "a", Size: 513, Content: swap}), "a size of 513 bytes"},
		"no content":                  {oneDisk("/dev/disk/by-id/x", steps.LayoutPartition{Name: "a", Size: 1 << 20}), `no content of the type ""`},
		"a shared one without a name": {shared, "has no PARTUUID"},
		"a mount of a kernel name":    {steps.Layout{Mounts: []steps.LayoutMount{{Mountpoint: "/", Format: "ext4", Device: "/dev/sda1"}}}, "/dev/sda1"},
		"two of one name": {oneDisk("/dev/disk/by-id/x", steps.LayoutPartition{Name: "a", Size: 1 << 20, Content: swap},
			steps.LayoutPartition{Name: "a", Size: 1 << 20, Content: swap}), "bound twice"},
		"a control character": {oneDisk("/dev/disk/by-id/\x1b", steps.LayoutPartition{Name: "a", Size: 1 << 20, Content: swap}), "control character"},
	}
	for name, test := range tests {
		if _, err := Disko(test.layout); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
