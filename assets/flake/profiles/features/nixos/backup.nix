# Two kinds of second copy. Snapshots, on btrfs, bring back what was deleted an hour ago; they are on the
# same disk and die with it. Restic brings back what was on a lost disk, from another place: that place has
# to be named once, as `backup.repository` in the host's own file.
{
  config,
  lib,
  host,
  ...
}:
let
  cfg = config.backup;
  hasSecrets = config.hostSecrets.available;

  hasSnapshots =
    config.fileSystems ? "/.snapshots" && config.fileSystems."/.snapshots".fsType == "btrfs";
  persistent = host.disk.impermanence;
in
{
  options.backup = {
    repository = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "sftp:backup@nas.example.org:/srv/restic/snix";
      description = "Where restic keeps its copies. Null: only snapshots on the same disk.";
    };

    passwordFile = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = if hasSecrets && cfg.repository != null then config.sops.secrets."backup/password".path else null;
      defaultText = lib.literalMD "the secret `backup/password` of secrets/NAME.yaml";
      description = "File that holds the password of the repository. Without it nobody reads the copies again.";
    };

    environmentFile = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      description = "File with the credentials of a cloud store, as NAME=value lines.";
    };

    paths = lib.mkOption {
      type = lib.types.listOf lib.types.path;
      default = [ "/home" ] ++ (if persistent then [ "/persist" ] else [ "/var/lib" ]);
      defaultText = lib.literalExpression ''[ "/home" "/var/lib" ]'';
      description = "What is copied. The system itself is in the flake and needs no copy.";
    };

    exclude = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [
        "/home/*/.cache"
        "/home/*/Downloads"
        "/var/lib/containers"
        "/var/lib/libvirt/images"
        "/var/lib/systemd/coredump"
        "**/node_modules"
        "**/target/debug"
      ];
      description = "Patterns that restic leaves out.";
    };

    calendar = lib.mkOption {
      type = lib.types.str;
      default = "daily";
      description = "When, as a systemd calendar expression.";
    };
  };

  config = {
    assertions = [
      {
        assertion = cfg.repository != null -> cfg.passwordFile != null;
        message = "host ${host.name}: backup.repository is set but there is no password for it; add backup/password to secrets/${host.keyName}.yaml, or set backup.passwordFile";
      }
    ];

    sops.secrets = lib.mkIf (hasSecrets && cfg.repository != null) {
      "backup/password" = { };
    };

    services.restic.backups = lib.mkIf (cfg.repository != null) {
      system = {
        inherit (cfg)
          repository
          passwordFile
          environmentFile
          paths
          exclude
          ;
        initialize = true;
        timerConfig = {
          OnCalendar = cfg.calendar;
          # A laptop that was off at midnight makes up for it.
          Persistent = true;
          RandomizedDelaySec = "1h";
        };
        pruneOpts = [
          "--keep-daily 7"
          "--keep-weekly 5"
          "--keep-monthly 12"
        ];
        # A copy that cannot be read is none: look at a part of it each time.
        runCheck = true;
        checkOpts = [ "--read-data-subset=1%" ];
      };
    };

    services.btrbk.instances = lib.mkIf hasSnapshots {
      home = {
        onCalendar = "hourly";
        settings = {
          timestamp_format = "long";
          snapshot_preserve_min = "2h";
          snapshot_preserve = "24h 7d 4w";
          volume."/" = {
            snapshot_dir = ".snapshots";
            subvolume = {
              home = { };
            }
            // lib.optionalAttrs persistent { persist = { }; };
          };
        };
      };
    };
  };
}
