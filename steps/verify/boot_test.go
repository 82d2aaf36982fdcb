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
		"an entry":                   {map[string]string{"/mnt/boot/loader/entries/nixos-generation-1.conf": entry, "/mnt/boot/EFI/nixos/k.efi": "x", "/mnt/boot/EFI/nixos/i.efi": "x"}, true},
		"an entry without its files": {map[string]string{"/mnt/boot/loader/entries/nixos-generation-1.conf": entry, "/mnt/boot/EFI/nixos/k.efi": "x"}, false},
		"an entry without an initrd": {map[string]string{"/mnt/boot/loader/entries/nixos-generation-1.conf": "linux /EFI/nixos/k.efi\n", "/mnt/boot/EFI/nixos/k.efi": "x"}, false},
		"a boot loader alone":        {map[string]string{"/mnt/boot/loader/loader.conf": "timeout 5"}, false},
		"no entry":                   {map[string]string{"/mnt/boot/loader/entries/readme": "x"}, false},
		"nothing":                    {nil, false},
		"lanzaboote's":               {map[string]string{"/mnt/boot/EFI/Linux/nixos-generation-1-abcdef.efi": "x"}, true},
		"one image of two is empty":  {map[string]string{"/mnt/boot/EFI/Linux/nixos-generation-1-a.efi": "x", "/mnt/boot/EFI/Linux/nixos-generation-1-specialisation-b-c.efi": ""}, false},
		"another system's image":     {map[string]string{"/mnt/boot/EFI/Linux/arch-linux.efi": "x"}, false},
		"ours beside an empty one of another system": {map[string]string{
			"/mnt/boot/EFI/Linux/arch-linux.efi": "", "/mnt/boot/EFI/Linux/nixos-generation-1-a.efi": "x",
		}, true},
		"another system's entry": {map[string]string{
			"/mnt/boot/loader/entries/arch.conf": entry, "/mnt/boot/EFI/nixos/k.efi": "x", "/mnt/boot/EFI/nixos/i.efi": "x",
		}, false},
		"ours beside a stale one of another system": {map[string]string{
			"/mnt/boot/loader/entries/0f1e-6.1.0-fedora.conf":                         "linux /gone\n",
			"/mnt/boot/loader/entries/nixos-work-generation-12-specialisation-x.conf": entry,
			"/mnt/boot/EFI/nixos/k.efi":                                               "x", "/mnt/boot/EFI/nixos/i.efi": "x",
		}, true},
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
