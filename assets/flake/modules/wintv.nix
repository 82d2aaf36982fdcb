# What a Windows media machine should be: the options that lib/wintv-generators.nix turns into a folder of
# files. Nothing here configures NixOS; the module is evaluated by itself.
{ config, lib, ... }:
let
  cfg = config.wintv;
  inherit (lib) mkEnableOption mkOption types;

  windowsFolder = types.strMatching "[A-Za-z]:(\\\\[^<>:\"/|?*\\\\]+)*\\\\?" // {
    description = ''folder as Windows spells it, such as D:\Media'';
  };
  port = types.submodule {
    options = {
      host = mkOption {
        type = types.port;
        description = "Port on Windows.";
      };
      container = mkOption {
        type = types.port;
        description = "Port inside the container.";
      };
      protocol = mkOption {
        type = types.enum [
          "tcp"
          "udp"
        ];
        default = "tcp";
        description = "Protocol.";
      };
      public = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the network may reach it. False: this machine only, and no firewall rule.";
      };
    };
  };

  volume = types.submodule {
    options = {
      source = mkOption {
        type = windowsFolder;
        description = "Folder on Windows; it is made if it is not there.";
      };
      target = mkOption {
        type = types.strMatching "/.*";
        description = "Folder inside the container.";
      };
      readOnly = mkEnableOption "reading only";
    };
  };

  container = types.submodule {
    options = {
      image = mkOption {
        type = types.str;
        example = "docker.io/jellyfin/jellyfin:10.11.11";
        description = "Image with its registry and version. Never `latest`: what runs is what is written here.";
      };
      ports = mkOption {
        type = types.listOf port;
        default = [ ];
        description = "Ports that Windows passes on.";
      };
      volumes = mkOption {
        type = types.listOf volume;
        default = [ ];
        description = "Folders that the container sees.";
      };
      environment = mkOption {
        type = types.attrsOf types.str;
        default = { };
        description = "Settings that are no secrets: they are readable in the Nix store.";
      };
      secrets = mkOption {
        type = types.listOf (types.strMatching "[A-Z][A-Z0-9_]*");
        default = [ ];
        example = [ "SONARR__AUTH__APIKEY" ];
        description = ''
          Settings that are secrets. Their values are in secrets\NAME.env on the machine, one line each, and
          are made up there if nobody writes them before.
        '';
      };
      healthcheck = mkOption {
        type = types.nonEmptyListOf types.str;
        example = [
          "curl"
          "--fail"
          "http://localhost:8096/health"
        ];
        description = "Command that succeeds while the container does its work.";
      };
      dependsOn = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Containers that have to be healthy first.";
      };
      gpu = mkEnableOption "the NVIDIA graphics card in this container";
      user = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "1000:1000";
        description = "User inside the container, if not the image's own.";
      };
    };
  };

  containers = lib.attrNames cfg.containers;
  each = check: lib.filter (container: check cfg.containers.${container}) containers;
  pinned =
    image:
    builtins.match ".+@sha256:[0-9a-f]{64}" image != null
    || (
      builtins.match "[^@]+/[^:@]+:[A-Za-z0-9_][A-Za-z0-9_.-]*" image != null
      && builtins.match ".+:(latest|stable|nightly|develop|main|master|edge)" image == null
    );
  badNames = lib.filter (container: builtins.match "[a-z0-9][a-z0-9-]*" container == null) containers;
  unpinned = each (c: !pinned c.image);
  unknownDependency = each (c: lib.subtractLists containers c.dependsOn != [ ]);
  hostPorts = lib.concatMap (
    container: map (p: "${toString p.host}/${p.protocol}") cfg.containers.${container}.ports
  ) containers;
  list = lib.concatStringsSep ", ";
in
{
  imports = [ ./wintv-containers.nix ];

  options = {
    # As in NixOS: lib/wintv-generators.nix stops at the first that does not hold.
    assertions = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      internal = true;
      description = "What must hold before anything is generated.";
    };

    wintv = {
      enable = mkEnableOption "the Windows media machine";

      hostName = mkOption {
        type = types.strMatching "[A-Za-z0-9-]{1,15}";
        default = "wintv";
        description = "Name of the computer. Windows has 15 characters for it.";
      };

      timezone = mkOption {
        type = types.str;
        default = "UTC";
        example = "Europe/Berlin";
        description = "Time zone of the containers.";
      };

      domain = mkOption {
        type = types.nullOr (types.strMatching "[a-z0-9.-]+");
        default = null;
        example = "tv.example.org";
        description = "Name under which the machine is reached.";
      };

      mediaDir = mkOption {
        type = windowsFolder;
        default = ''D:\Media'';
        description = "Root of library and downloads.";
      };

      dataDir = mkOption {
        type = windowsFolder;
        default = ''C:\ProgramData\wintv'';
        description = "What the services keep: settings, databases, secrets.";
      };

      kiosk = mkOption {
        type = types.nullOr (types.strMatching "https?://[^[:space:]\"']+");
        default = null;
        example = "http://localhost:8096";
        description = "Page that the television shows after signing in, full screen. Null: the desktop.";
      };

      windows = {
        features = mkOption {
          type = types.listOf (types.strMatching "[A-Za-z0-9-]+");
          default = [
            "Microsoft-Windows-Subsystem-Linux"
            "VirtualMachinePlatform"
          ];
          description = "Parts of Windows to switch on. Podman runs in the two that are the default.";
        };
        packages = mkOption {
          type = types.listOf (types.strMatching "[A-Za-z0-9.+-]+");
          default = [
            "Docker.DockerCompose"
            "Microsoft.PowerShell"
            "RedHat.Podman"
          ];
          description = "Programs to install, by their identifiers in WinGet.";
        };
      };

      containers = mkOption {
        type = types.attrsOf container;
        default = { };
        description = "Everything that runs. wintv-containers.nix has the usual ones; more can be added.";
      };
    };
  };

  config.assertions = lib.optionals cfg.enable [
    {
      assertion = unpinned == [ ];
      message = "wintv.containers: ${list unpinned} must name its image with registry and version (docker.io/NAME/IMAGE:1.2.3), and not as latest or another name that moves.";
    }
    {
      assertion = badNames == [ ];
      message = "wintv.containers: ${list badNames} is no name for a container; use small letters, digits and hyphens.";
    }
    {
      assertion = unknownDependency == [ ];
      message = "wintv.containers: ${list unknownDependency} waits for a container that does not exist; mend its dependsOn.";
    }
    {
      assertion = lib.allUnique hostPorts;
      message = "wintv.containers: two containers have the same port of Windows (${list hostPorts}); give one of them another.";
    }
    {
      assertion = lib.elem "RedHat.Podman" cfg.windows.packages || containers == [ ];
      message = "wintv.windows.packages lacks RedHat.Podman, which runs the containers.";
    }
  ];
}
