# A root file system that is new at every boot. What shall stay is named here or beside the service that needs
# it, and lives on /persist; everything else was an accident and is gone.
#
# On btrfs the subvolume of the root is moved aside in the initrd and an empty one takes its place. The old
# ones are kept for a while: a file that should have been named can be fetched back from them.
#
# Needs the module of impermanence beside it.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  cfg = config.ephemeralRoot;

  # Where services keep what must not be lost. Those that systemd gives a user of the moment keep it in
  # /var/lib/private, which stays as a whole.
  stateOf = {
    accounts-daemon = "/var/lib/AccountsService";
    bazarr = "/var/lib/bazarr";
    dnsmasq = "/var/lib/dnsmasq";
    fail2ban = "/var/lib/fail2ban";
    flatpak = "/var/lib/flatpak";
    forgejo = "/var/lib/forgejo";
    fwupd = "/var/lib/fwupd";
    hydra = "/var/lib/hydra";
    jellyfin = "/var/lib/jellyfin";
    lidarr = "/var/lib/lidarr";
    postgresql = "/var/lib/postgresql";
    printing = "/var/lib/cups";
    qbittorrent = "/var/lib/qBittorrent";
    radarr = "/var/lib/radarr";
    readarr = "/var/lib/readarr";
    sonarr = "/var/lib/sonarr";
    upower = "/var/lib/upower";
  };
  root = config.fileSystems."/" or { };
  rootUnit = "${utils.escapeSystemdPath cfg.device}.device";
in
{
  options.ephemeralRoot = {
    enable = lib.mkEnableOption "a root file system that forgets";

    persistPath = lib.mkOption {
      type = lib.types.path;
      default = "/persist";
      description = "The file system of everything that stays.";
    };

    device = lib.mkOption {
      type = lib.types.str;
      default = toString (root.device or "");
      defaultText = lib.literalExpression ''config.fileSystems."/".device'';
      description = "The btrfs device of the root.";
    };

    subvolume = lib.mkOption {
      type = lib.types.str;
      default = "@root";
      description = "The subvolume of the root.";
    };

    keepDays = lib.mkOption {
      type = lib.types.ints.unsigned;
      default = 14;
      description = "For how many days old roots are kept. The last one is always kept.";
    };

    directories = lib.mkOption {
      type =
        with lib.types;
        listOf (either str (attrsOf anything));
      default = [ ];
      example = [ "/var/lib/jellyfin" ];
      description = "Further folders that stay.";
    };

    files = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Further files that stay.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        # The name alone says nothing: neededForBoot below makes one.
        assertion = config.fileSystems.${cfg.persistPath}.device or null != null;
        message = "ephemeralRoot.enable: there is no file system on ${cfg.persistPath}, so nothing could stay; add one to disko.nix.";
      }
      {
        assertion = lib.elem (root.fsType or "") [
          "btrfs"
          "tmpfs"
        ];
        message = ''ephemeralRoot.enable: the root file system is ${root.fsType or "unknown"}, but only btrfs (a new subvolume at every boot) and tmpfs can forget; choose a btrfs layout, or set disk.impermanence = false.'';
      }
      {
        assertion = config.boot.initrd.systemd.enable;
        message = "ephemeralRoot.enable: the root is replaced by a unit of the initrd; set boot.initrd.systemd.enable.";
      }
    ];

    fileSystems.${cfg.persistPath}.neededForBoot = true;

    environment.persistence.${cfg.persistPath} = {
      hideMounts = true;
      directories = [
        # Numbers of users and groups must not change under the files that they own.
        "/var/lib/nixos"
        "/var/lib/systemd"
        {
          directory = "/var/lib/private";
          mode = "0700";
        }
      ]
      ++ lib.optionals config.networking.networkmanager.enable [
        "/var/lib/NetworkManager"
        {
          directory = "/etc/NetworkManager/system-connections";
          mode = "0700";
        }
      ]
      ++ lib.optional config.hardware.bluetooth.enable {
        directory = "/var/lib/bluetooth";
        mode = "0700";
      }
      ++ lib.attrValues (lib.filterAttrs (name: _: config.services.${name}.enable) stateOf)
      ++ lib.optional config.services.displayManager.sddm.enable {
        directory = "/var/lib/sddm";
        user = "sddm";
        group = "sddm";
        mode = "0750";
      }
      ++ lib.optional config.virtualisation.libvirtd.enable "/var/lib/libvirt"
      ++ lib.optional config.virtualisation.podman.enable "/var/lib/containers"
      ++ lib.optional config.virtualisation.waydroid.enable "/var/lib/waydroid"
      ++ lib.optional config.services.tailscale.enable {
        directory = "/var/lib/tailscale";
        mode = "0700";
      }
      ++ lib.optional (config.microvm.vms or { } != { }) "/var/lib/microvms"
      ++ lib.optional (config.travelRouter.enable or false) {
        directory = "/var/lib/travel-router";
        mode = "0700";
      }
      ++ cfg.directories;
      files = [ "/etc/machine-id" ] ++ cfg.files;
    };

    boot.initrd.systemd = lib.mkIf (root.fsType or "" == "btrfs") {
      # The initrd holds what is named: the script finds its programs in /bin.
      initrdBin = [
        pkgs.btrfs-progs
        pkgs.util-linux
      ];
      services.rollback-root = {
        description = "Put an empty root file system in the place of the last one";
        wantedBy = [ "initrd.target" ];
        requires = [ rootUnit ];
        after = [
          rootUnit
          # A machine that wakes from hibernation still uses the old root.
          "systemd-hibernate-resume.service"
        ];
        before = [ "sysroot.mount" ];
        unitConfig.DefaultDependencies = false;
        serviceConfig.Type = "oneshot";
        script = ''
          set -- ${
            lib.escapeShellArgs [
              cfg.device
              cfg.subvolume
              (toString cfg.keepDays)
            ]
          }
          ${builtins.readFile ./rollback-root.sh}
        '';
      };
    };
  };
}
