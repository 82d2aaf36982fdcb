package tools

// NixosGenerateConfig prints the hardware configuration of the running
// machine. File systems are left out: the layout brings its own through
// disko, and the program loses LUKS below LVM.
// Source: nixos-generate-config(8) of NixOS 25.11.
func NixosGenerateConfig() []string {
	return []string{"nixos-generate-config", "--show-hardware-config", "--no-filesystems"}
}
