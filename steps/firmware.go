package steps

// Refusal says why this firmware would start nothing that is installed here,
// and what helps; it is empty where it would. What is installed is 64-bit, and
// so are both boot loaders. A 32-bit UEFI starts images for IA32 alone, below
// a 64-bit processor too, and the systemd that NixOS builds for x86_64 brings
// neither a systemd-boot nor a stub for IA32: they are built only where the
// compiler can link 32-bit programs too, which that of NixOS cannot.
// Source: UEFI 2.11, section 2.1.1; systemd, src/boot/meson.build (the second
// architecture); nixpkgs issue 277181 and, for GRUB, nixpkgs 54625.
func (f Firmware) Refusal() Problem {
	switch {
	case f.Kind != "uefi":
		return Problem{
			Text: "this machine was not started by UEFI, and both boot loaders need it",
			Hint: "switch off legacy or CSM boot in the firmware and start the medium again",
		}
	case f.Bits == 32:
		return Problem{
			Text: "the UEFI of this machine is a 32-bit one and starts no 64-bit boot loader, and both boot loaders are 64-bit",
			Hint: "see whether its maker has a 64-bit firmware for it; NixOS can be installed by hand there, with GRUB and boot.loader.grub.forcei686",
		}
	}
	return Problem{}
}
