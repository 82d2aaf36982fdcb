package tools_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// TestParseSuperblock makes file systems with the programs of their authors
// and compares with what is free in one that is empty: nearly all.
func TestParseSuperblock(t *testing.T) {
	const size = 512 << 20
	for kind, argv := range map[string][]string{
		"ext4": {"mkfs.ext4", "-q", "-F"}, "ext2": {"mkfs.ext2", "-q", "-F"}, "btrfs": {"mkfs.btrfs", "-q", "-f"},
	} {
		t.Run(kind, func(t *testing.T) {
			program := need.Program(t, argv[0])
			image := filepath.Join(t.TempDir(), "image")
			if err := os.WriteFile(image, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(image, size); err != nil {
				t.Fatal(err)
			}
			if output, err := exec.Command(program, append(argv[1:], image)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, output)
			}
			file, err := os.Open(image)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = file.Close() }()
			head := make([]byte, tools.SuperblockSize)
			if _, err := file.Read(head); err != nil {
				t.Fatal(err)
			}
			got, err := tools.ParseSuperblock(kind, head)
			if err != nil || got.Used == 0 || got.Used > size/8 || got.Unclean {
				t.Errorf("a new %s of %d bytes: %+v, %v", kind, size, got, err)
			}
			for other := range map[string]bool{"ext4": true, "btrfs": true, "xfs": true} {
				if other == kind || other == "ext4" && kind == "ext2" {
					continue
				}
				if _, err := tools.ParseSuperblock(other, head); err == nil {
					t.Errorf("%s was taken for %s", kind, other)
				}
			}
		})
	}
}

func TestParseSuperblockExt4(t *testing.T) {
	head := make([]byte, 4096)
	block := head[1024:]
	copy(block[0x38:], []byte{0x53, 0xef})
	copy(block[0x3a:], []byte{1})
	copy(block[0x4:], []byte{0, 0, 1})      // 65536 blocks
	copy(block[0xc:], []byte{0, 0xc0, 0})   // 49152 of them are free
	copy(block[0x18:], []byte{2})           // of 4096 bytes
	copy(block[0x150:], []byte{0xff, 0xff}) // means nothing without the feature
	for name, test := range map[string]struct {
		change func()
		want   tools.Superblock
		fault  string
	}{
		"clean":             {func() {}, tools.Superblock{Used: 16384 * 4096}, ""},
		"journal to replay": {func() { block[0x60] = 4 }, tools.Superblock{Used: 16384 * 4096, Unclean: true}, ""},
		"errors":            {func() { block[0x3a] = 3 }, tools.Superblock{Used: 16384 * 4096, Unclean: true}, ""},
		"more free than is": {func() { block[0xe] = 9 }, tools.Superblock{}, "counts what cannot be"},
		"huge blocks":       {func() { block[0x18] = 200 }, tools.Superblock{}, "counts what cannot be"},
	} {
		kept := string(head)
		test.change()
		got, err := tools.ParseSuperblock("ext4", head)
		if test.fault != "" {
			if err == nil || !strings.Contains(err.Error(), test.fault) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		} else if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		copy(head, kept)
	}
	if _, err := tools.ParseSuperblock("zfs_member", head); err == nil {
		t.Error("a ZFS was read")
	}
}

func TestParseSuperblockXFS(t *testing.T) {
	head := make([]byte, 512)
	copy(head, "XFSB\x00\x00\x10\x00") // blocks of 4096 bytes
	copy(head[8:], []byte{0, 0, 0, 0, 0, 1, 0, 0})
	copy(head[144:], []byte{0, 0, 0, 0, 0, 0, 0xc0, 0})
	if got, err := tools.ParseSuperblock("xfs", head); err != nil || got.Used != 16384*4096 {
		t.Errorf("%+v, %v", got, err)
	}
	head[6] = 0x11
	if got, err := tools.ParseSuperblock("xfs", head); err == nil {
		t.Errorf("blocks of 4352 bytes: %+v", got)
	}
}

func FuzzParseSuperblock(f *testing.F) {
	f.Add("ext4", make([]byte, 2048))
	f.Add("btrfs", make([]byte, tools.SuperblockSize))
	f.Add("xfs", []byte("XFSB"))
	f.Fuzz(func(t *testing.T, kind string, head []byte) {
		if got, err := tools.ParseSuperblock(kind, head); err != nil && got.Used != 0 {
			t.Errorf("both an answer and an error: %+v, %v", got, err)
		}
	})
}
