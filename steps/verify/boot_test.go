package verify_test

import (
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/verify"
)

func TestBootFiles(t *testing.T) {
	const entry = "title NixOS\nlinux /EFI/nixos/k.efi\ninitrd /EFI/nixos/i.efi\noptions init=/x\n"
	for name, test := range map[string]struct {
		files map[string]string
		good  bool
	}{
		"a unified kernel image":     {map[string]string{"/mnt/boot/EFI/Linux/nixos-1.efi": "x"}, true},
		"an empty image":             {map[string]string{"/mnt/boot/EFI/Linux/nixos-1.efi": ""}, false},
		"an entry":                   {map[string]string{"/mnt/boot/loader/entries/n.conf": entry, "/mnt/boot/EFI/nixos/k.efi": "x", "/mnt/boot/EFI/nixos/i.efi": "x"}, true},
		"an entry without its files": {map[string]string{"/mnt/boot/loader/entries/n.conf": entry, "/mnt/boot/EFI/nixos/k.efi": "x"}, false},
		"an entry without an initrd": {map[string]string{"/mnt/boot/loader/entries/n.conf": "linux /EFI/nixos/k.efi\n", "/mnt/boot/EFI/nixos/k.efi": "x"}, false},
		"a boot loader alone":        {map[string]string{"/mnt/boot/loader/loader.conf": "timeout 5"}, false},
		"no entry":                   {map[string]string{"/mnt/boot/loader/entries/readme": "x"}, false},
		"nothing":                    {nil, false},
	} {
		fake := run.NewFake()
		for file, content := range test.files {
			fake.Put(file, content)
		}
		if err := verify.BootFiles(fake, "/mnt"); (err == nil) != test.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
