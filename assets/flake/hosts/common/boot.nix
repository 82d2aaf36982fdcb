# How the machine starts: the boot loader, and an initrd made of systemd units. What the TPM has to do with
# it is in tpm.nix.
{
  config,
  lib,
  pkgs,
  host,
  ...
}:
let
  mountPoints = import ../../lib/mount-points.nix { inherit lib; } config.disko.devices;
  lanzaboote = host.boot.loader == "lanzaboote";
  early = lib.filterAttrs (
    mountPoint: fs:
    fs.neededForBoot
    || lib.elem mountPoint [
      "/"
      "/nix"
      "/nix/store"
      "/var"
      "/var/lib"
      "/etc"
      "/usr"
    ]
  ) config.fileSystems;
  byName = lib.filterAttrs (
    _: fs: !(lib.hasPrefix "/dev/mapper/" (toString fs.device)) && fs.fsType != "tmpfs"
  ) early;
in
{
  boot = {
    loader = {
      systemd-boot = {
        enable = lib.mkDefault (!lanzaboote);
        # Each generation keeps a kernel and an initrd on the ESP.
        configurationLimit = 10;
        # The editor would let anyone at the keyboard start a shell as root.
        editor = false;
      };
      efi = {
        canTouchEfiVariables = true;
        # Where disko.nix mounts the EFI system partition: on a machine that ran something else before, not
        # always on /boot, which may then be a file system of its own.
        efiSysMountPoint = lib.mkDefault (
          lib.findFirst (place: lib.elem place mountPoints) "/boot" [
            "/boot/efi"
            "/efi"
          ]
        );
      };
      timeout = lib.mkDefault 3;
    };

    initrd.systemd = {
      enable = true;
      # A failed boot shows no root shell: with the disk unlocked by the TPM it would be an open door.
      emergencyAccess = lib.mkDefault false;
    };
    tmp.cleanOnBoot = true;

    # A pool that another machine still uses is never imported by force; the installer exports it.
    zfs.forceImportRoot = false;

    # A mirror that loses a disk says so in the journal.
    swraid.mdadmConf = "PROGRAM ${pkgs.writeShellScript "mdadm-event" ''
      echo "mdadm: $*" | ${config.systemd.package}/bin/systemd-cat -t mdadm -p err
    ''}";
  };

  # ZFS remembers which machine uses a pool by this number. It follows from the name that survives a renaming.
  networking.hostId = lib.mkDefault (
    builtins.substring 0 8 (builtins.hashString "sha256" host.keyName)
  );

  secureBoot = {
    enable = lanzaboote;
    pkiBundle = lib.mkIf host.disk.impermanence "/persist/var/lib/sbctl";
  };

  ephemeralRoot = {
    enable = host.disk.impermanence;
    # This flake, homes, media and the journal stay. Some of them are file systems of their own, which stay by
    # themselves: on btrfs and ZFS homes and the journal always are.
    directories = [
      "/etc/nixos"
    ]
    ++ lib.subtractLists mountPoints (
      [
        "/home"
        "/var/log"
      ]
      ++ lib.optional (config.arrStack.enable or false) config.arrStack.mediaDir
    );
  };

  # A file system that is found by its label or UUID can be replaced by another one of that name: the machine
  # would start it with the TPM still willing to give out the disk's key.
  # A PIN stands in the way of that.
  assertions = lib.optional (config.diskUnlock.byTpm && host.boot.unlock != "tpm-pin") {
    assertion = byName == { };
    message = ''lib/constants.nix, host "${host.name}": boot.unlock = "${host.boot.unlock}" is safe only if every file system needed at boot is named by its unlocked device (/dev/mapper/...), but these are not: ${lib.concatStringsSep ", " (lib.attrNames byName)}. Put them on the encrypted disk, or set boot.unlock to "tpm-pin" or "passphrase".'';
  };
}
