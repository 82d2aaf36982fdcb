# The host as a live medium: `nix build .#live-NAME`. The same programs and users, run from a USB stick; the
# disks of the machine that it is started on are left alone. A password comes from USER_PASSWORD_HASH, and
# then the image is built with --impure and kept private.
{ config, lib, ... }:
{
  isoImage = {
    makeEfiBootable = true;
    makeUsbBootable = true;
    edition = lib.mkForce config.networking.hostName;
  };

  disko.enableConfig = lib.mkForce false;
  fileSystems = lib.mkImageMediaOverride config.lib.isoFileSystems;
  swapDevices = lib.mkImageMediaOverride [ ];
  boot = {
    initrd.luks.devices = lib.mkImageMediaOverride { };
    zfs.forceImportRoot = false;
    loader.systemd-boot.enable = lib.mkForce false;
  };

  ephemeralRoot.enable = lib.mkForce false;
  secureBoot.enable = lib.mkForce false;
  diskUnlock.byTpm = lib.mkForce false;
  hostKeyAgent.enable = lib.mkForce false;

  # No secret of the real machine can be decrypted here, and none is tried.
  hostSecrets.file = lib.mkForce null;
}
