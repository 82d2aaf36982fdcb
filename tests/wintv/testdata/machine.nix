# What the generators print for a machine: `texts` and, of the YAML printer alone, `yaml`.
#   flake     the folder of the flake
#   changes   what differs from the usual machine: wintv options, and `services` to switch on or off
{ flake, changes }:
let
  lib = import ./library.nix;

  # The defaults of modules/wintv.nix, which needs the module system to say them itself.
  options = {
    enable = true;
    hostName = "wintv";
    timezone = "Europe/Berlin";
    domain = null;
    mediaDir = ''D:\Media'';
    dataDir = ''C:\ProgramData\wintv'';
    kiosk = null;
    gpu = false;
    windows = {
      features = [
        "Microsoft-Windows-Subsystem-Linux"
        "VirtualMachinePlatform"
      ];
      packages = [
        "Docker.DockerCompose"
        "Microsoft.PowerShell"
        "RedHat.Podman"
      ];
    };
  }
  // builtins.removeAttrs changes [
    "services"
    "containers"
  ];

  services = {
    jellyfin = true;
    prowlarr = true;
    sonarr = true;
    radarr = true;
    lidarr = false;
    bazarr = true;
    qbittorrent = true;
    ollama = false;
    open-webui = false;
    kanidm = false;
  }
  // changes.services or { };

  usual =
    (import (flake + "/modules/wintv-containers.nix") {
      inherit lib;
      config.wintv = options // { inherit services; };
    }).config.wintv.containers;

  container =
    given:
    {
      environment = { };
      secrets = [ ];
      dependsOn = [ ];
      gpu = false;
      user = null;
    }
    // given
    // {
      ports = map (
        port:
        {
          protocol = "tcp";
          public = true;
        }
        // port
      ) (given.ports or [ ]);
      volumes = map (volume: { readOnly = false; } // volume) (given.volumes or [ ]);
    };

  config = {
    assertions = [ ];
    wintv = options // {
      inherit services;
      containers = builtins.mapAttrs (_: container) (usual // changes.containers or { });
    };
  };

  generators = import (flake + "/lib/wintv-generators.nix") {
    inherit lib;
    pkgs = {
      linkFarm = name: entries: { inherit name entries; };
      writeText = _: text: text;
    };
  };
  folder = generators.buildWintvConfig {
    pkgs = {
      linkFarm = _: entries: entries;
      writeText = _: text: text;
    };
    inherit config;
  };
in
builtins.listToAttrs (
  map (entry: {
    inherit (entry) name;
    value = entry.path;
  }) folder
)
