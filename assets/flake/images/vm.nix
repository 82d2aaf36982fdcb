# The host as a virtual machine to look at: `nix run .#vm-NAME`. Its disk is a file in the current folder, its
# kernel comes from the Nix store, and whatever needs this host's real disk, TPM or firmware stands back.
{
  lib,
  pkgs,
  modulesPath,
  ...
}:
{
  imports = [ (modulesPath + "/virtualisation/qemu-vm.nix") ];

  virtualisation = {
    memorySize = 4096;
    cores = 2;
    diskSize = 16 * 1024;
    # Enough for a desktop; -nographic works as well.
    resolution = {
      x = 1440;
      y = 900;
    };
    qemu.options = lib.optional pkgs.stdenv.hostPlatform.isx86_64 "-vga virtio";
  };

  # The disks of disko.nix are not there.
  disko.enableConfig = lib.mkForce false;
  boot.initrd.luks.devices = lib.mkVMOverride { };
  swapDevices = lib.mkVMOverride [ ];
  ephemeralRoot.enable = lib.mkForce false;
  secureBoot.enable = lib.mkForce false;
  diskUnlock.byTpm = lib.mkForce false;
  hostKeyAgent.enable = lib.mkForce false;
  # The secrets of the real machine open only there: log in with USER_PASSWORD_HASH (`nix build --impure`).
  hostSecrets.file = lib.mkForce null;
}
