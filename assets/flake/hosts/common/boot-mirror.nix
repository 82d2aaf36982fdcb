# A machine with mirrored disks starts from either: the second disk has an EFI system partition of its own, and
# here it is kept a copy of the first. boot-mirror.sh says how.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.bootMirror;
  inherit (config.boot.loader) efi;
  main = efi.efiSysMountPoint;
  architecture = if pkgs.stdenv.hostPlatform.isAarch64 then "aa64" else "x64";

  mountPoints = import ../../lib/mount-points.nix { inherit lib; } config.disko.devices;

  bootMirror = pkgs.writeShellApplication {
    name = "boot-mirror";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.efibootmgr
      pkgs.gnugrep
      pkgs.gnused
      pkgs.rsync
      pkgs.util-linux
    ];
    runtimeEnv = {
      MAIN = main;
      MIRROR = cfg.mountPoint;
      LOADER = "\\EFI\\systemd\\systemd-boot${architecture}.efi";
      TOUCH_EFI = if efi.canTouchEfiVariables then "1" else "0";
    };
    text = builtins.readFile ./boot-mirror.sh;
  };
in
{
  options.bootMirror = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = config.disko.enableConfig && lib.elem cfg.mountPoint mountPoints;
      defaultText = lib.literalMD "whether disko.nix has a partition for `bootMirror.mountPoint`";
      description = "Whether a second EFI system partition is kept a copy of the first.";
    };
    mountPoint = lib.mkOption {
      type = lib.types.path;
      default = "/boot-mirror";
      description = "Where the second EFI system partition is mounted.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = config.boot.loader.systemd-boot.enable || config.boot.lanzaboote.enable;
        message = "bootMirror.enable: only what systemd-boot and lanzaboote put on ${main} is known to start from a copy; use one of them, or switch bootMirror off and mirror the boot loader by its own means.";
      }
    ];

    # Neither partition is worth waiting for: one of the disks may be the one that failed.
    fileSystems = lib.genAttrs [ main cfg.mountPoint ] (_: {
      options = [
        "nofail"
        "x-systemd.device-timeout=15s"
      ];
    });

    environment.systemPackages = [ bootMirror ];

    boot.loader.systemd-boot.extraInstallCommands = lib.getExe bootMirror;

    # lanzaboote has no such hook, and would write to a folder where no partition is mounted.
    system.build.installBootLoader = lib.mkIf config.boot.lanzaboote.enable (
      lib.mkForce (
        pkgs.writeShellScript "install-boot-loader" ''
          if ! ${lib.getExe' pkgs.util-linux "mountpoint"} --quiet ${main}; then
            echo "${main} is not mounted: the boot loader was not changed (has a disk failed?)" >&2
            exit 1
          fi
          ${config.boot.loader.external.installHook} "$@" && ${lib.getExe bootMirror}
        ''
      )
    );

    # What is written to the first partition besides: the keys that Secure Boot is to enrol.
    systemd.services.boot-mirror = {
      description = "Bring the second EFI system partition up to date";
      wantedBy = [ "multi-user.target" ];
      after = [
        "local-fs.target"
        "prepare-sb-auto-enroll.service"
      ];
      serviceConfig = {
        Type = "oneshot";
        ExecStart = lib.getExe bootMirror;
      };
    };
  };
}
