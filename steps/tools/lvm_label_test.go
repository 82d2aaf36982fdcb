package tools_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// inARing is the metadata of a group as it lies when the ring that it is
// written into came to its end within the name.
func inARing(t testing.TB, image []byte) []byte {
	t.Helper()
	const area, places = 4096, 4096 + 40
	ring := bytes.Clone(image)
	size := binary.LittleEndian.Uint64(ring[area+32:])
	at := binary.LittleEndian.Uint64(ring[places:])
	text := bytes.Clone(ring[area+at : area+at+binary.LittleEndian.Uint64(ring[places+8:])])
	copy(ring[area+size-3:], text[:3])
	copy(ring[area+512:], text[3:])
	binary.LittleEndian.PutUint64(ring[places:], size-3)
	return ring
}

// What pvcreate and vgcreate wrote: a group that was changed a few hundred
// times, so that its metadata lies far behind, and a volume that has no group.
func TestLookForGroup(t *testing.T) {
	group := unpacked(t, "lvm", "group")
	nameless := bytes.Replace(group, []byte("data-one.x {"), []byte("data one.x {"), 1)
	outside := bytes.Clone(group)
	binary.LittleEndian.PutUint64(outside[4096+40:], 1<<62)
	cut := bytes.Clone(group[:4096])
	for name, test := range map[string]struct {
		device []byte
		want   string
		fails  bool
	}{
		"a group":                     {group, "data-one.x", false},
		"written often":               {unpacked(t, "lvm", "written-often"), "ring", false},
		"alone":                       {unpacked(t, "lvm", "alone"), "", false},
		"the end of the ring":         {inARing(t, group), "data-one.x", false},
		"no label":                    {make([]byte, 1<<20), "", true},
		"a name that no group has":    {nameless, "", true},
		"metadata outside its place":  {outside, "", true},
		"a device that ends too soon": {cut, "", true},
		"nothing":                     {nil, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			var count uint64
			got, err := tools.LookForGroup(readFrom(test.device, &count))
			if got != test.want || (err != nil) != test.fails {
				t.Errorf("got %q, %v", got, err)
			}
			if count > 8<<10 {
				t.Errorf("it read %d bytes", count)
			}
		})
	}
	broken := errors.New("broken")
	if _, err := tools.LookForGroup(func(uint64, uint64) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("of a device that cannot be read: %v", err)
	}
}

func FuzzLookForGroup(f *testing.F) {
	group := unpacked(f, "lvm", "group")
	f.Add(group[:8<<10])
	f.Add(inARing(f, group)[:8<<10])
	f.Add([]byte("LABELONE"))
	f.Fuzz(func(t *testing.T, device []byte) {
		var count uint64
		if got, err := tools.LookForGroup(readFrom(device, &count)); err != nil && got != "" {
			t.Errorf("both an answer and an error: %q, %v", got, err)
		}
		if count > 64<<10 {
			t.Errorf("it read %d bytes", count)
		}
	})
}
