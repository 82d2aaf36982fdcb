# Media automation: Prowlarr knows the indexers, Sonarr, Radarr, Lidarr and Readarr look after series, films,
# music and books, Bazarr adds subtitles, qBittorrent downloads, Jellyfin plays.
#
# Each service is a user of its own; what they share is the group, and the folders below mediaDir, where new
# files belong to that group. Downloads and library are one tree, so that a finished download becomes part of
# the library as a hard link and is never copied.
#
# API keys come from sops (services/NAME/apiKey), so that the services can be connected to each other by a
# configuration instead of by copying keys between windows. Without secrets each service makes up its own.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.arrStack;

  inherit (lib)
    mkEnableOption
    mkIf
    mkMerge
    mkOption
    types
    ;

  # The services that hold media, and the folder of each.
  libraries = {
    sonarr = "tv";
    radarr = "movies";
    lidarr = "music";
    readarr = "books";
  };
  servarr = [ "prowlarr" ] ++ lib.attrNames libraries;

  defaultPorts = {
    prowlarr = 9696;
    sonarr = 8989;
    radarr = 7878;
    lidarr = 8686;
    readarr = 8787;
    bazarr = 6767;
    qbittorrent = 8080;
    jellyfin = 8096;
  };
  names = lib.attrNames defaultPorts;
  enabled = lib.filter (name: cfg.${name}.enable) names;
  isOn = name: cfg.enable && cfg.${name}.enable;

  serviceOption =
    name: port:
    mkOption {
      type = types.coercedTo types.bool (enable: { inherit enable; }) (
        types.submodule {
          options = {
            enable = mkEnableOption name;
            port = mkOption {
              type = types.port;
              default = port;
              # Jellyfin keeps its port in its own settings.
              readOnly = name == "jellyfin";
              description = "Port of the web page of ${name}.";
            };
          };
        }
      );
      default = { };
      description = "Whether ${name} runs here, and where.";
    };

  hasKeys = cfg.apiKeysFromSops;
  secretOf = name: "services/${name}/apiKey";
  credentialOf = name: config.sops.secrets.${secretOf name}.path;
  withKey = lib.filter isOn (
    servarr
    ++ [
      "bazarr"
      "qbittorrent"
    ]
  );

  ports = map (name: cfg.${name}.port) enabled;
  folder = {
    user = "root";
    inherit (cfg) group;
    # The set-group-id bit: what is made inside belongs to the group too.
    mode = "2775";
  };

  # Files that the group may change, whoever made them.
  sharing = {
    UMask = lib.mkForce "0002";
  };

  # Bazarr reads its key from its settings file only.
  bazarrKey = pkgs.writeShellApplication {
    name = "bazarr-api-key";
    runtimeInputs = [ pkgs.yq-go ];
    text = ''
      settings=${lib.escapeShellArg config.services.bazarr.dataDir}/config/config.yaml
      mkdir -p "$(dirname "$settings")"
      [ -s "$settings" ] || printf '%s\n' '{}' > "$settings"
      yq --inplace ".auth.apikey = load_str(\"$CREDENTIALS_DIRECTORY/apiKey\")" "$settings"
    '';
  };

  # qBittorrent has a password instead of a key, and wants it as a hash.
  qbittorrentPassword = pkgs.writers.writePython3Bin "qbittorrent-password" { } (
    builtins.readFile ./arr-stack-qbittorrent.py
  );
in
{
  options.arrStack = {
    enable = mkEnableOption "media automation";

    mediaDir = mkOption {
      type = types.path;
      default = "/media";
      description = "Root of library and downloads. One file system, so that hard links work.";
    };

    downloadDir = mkOption {
      type = types.path;
      default = "${cfg.mediaDir}/downloads";
      defaultText = lib.literalExpression ''"''${config.arrStack.mediaDir}/downloads"'';
      description = "Where qBittorrent puts what it loads: `incomplete` first, then `complete`.";
    };

    group = mkOption {
      type = types.str;
      default = "media";
      description = "Group that owns the media. Put yourself into it to add files by hand.";
    };

    openFirewall = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the web pages can be reached from the network, not from this machine only.";
    };

    apiKeysFromSops = mkOption {
      type = types.bool;
      default = options ? sops && options.sops.defaultSopsFile.isDefined;
      defaultText = lib.literalMD "whether this host has a secrets file";
      description = "Whether API keys are the secrets `services/NAME/apiKey` of the host's sops file.";
    };
  }
  // lib.mapAttrs serviceOption defaultPorts;

  config = mkMerge (
    [
      {
        assertions = [
          {
            assertion = enabled != [ ] -> cfg.enable;
            message = "arrStack: ${lib.concatStringsSep ", " enabled} chosen, but arrStack.enable is false; set it to true.";
          }
          {
            assertion = cfg.enable -> enabled != [ ];
            message = "arrStack.enable is true but no service is chosen; set for example arrStack.sonarr = true, or drop the module.";
          }
          {
            assertion = isOn "bazarr" -> isOn "sonarr" || isOn "radarr";
            message = "arrStack.bazarr finds subtitles for what Sonarr and Radarr hold; choose at least one of them.";
          }
          {
            assertion = cfg.enable -> lib.allUnique ports;
            message = "arrStack: two services have the same port (${lib.concatMapStringsSep ", " (name: "${name} ${toString cfg.${name}.port}") enabled}); give one of them another.";
          }
          {
            assertion = cfg.enable -> cfg.mediaDir != "/" && !lib.hasPrefix "/home" cfg.mediaDir;
            message = "arrStack.mediaDir is ${cfg.mediaDir}: the services see neither the root folder nor homes; use a folder such as /media or /srv/media.";
          }
          {
            assertion = cfg.enable && cfg.apiKeysFromSops -> options ? sops;
            message = "arrStack.apiKeysFromSops needs sops-nix; import its module, or set the option to false.";
          }
        ];
      }

      (mkIf cfg.enable {
        users.groups.${cfg.group} = { };

        systemd.tmpfiles.settings.arr-stack =
          lib.genAttrs (
            [
              cfg.mediaDir
              cfg.downloadDir
              "${cfg.downloadDir}/complete"
              "${cfg.downloadDir}/incomplete"
            ]
            ++ map (name: "${cfg.mediaDir}/${libraries.${name}}") (
              lib.filter isOn (lib.attrNames libraries)
            )
          ) (_: { d = folder; });
      })

      (mkIf (isOn "bazarr") {
        services.bazarr = {
          enable = true;
          inherit (cfg) group openFirewall;
          listenPort = cfg.bazarr.port;
        };
        systemd.services.bazarr.serviceConfig = sharing // {
          LoadCredential = mkIf hasKeys [ "apiKey:${credentialOf "bazarr"}" ];
          ExecStartPre = mkIf hasKeys [ (lib.getExe bazarrKey) ];
        };
      })

      (mkIf (isOn "qbittorrent") {
        services.qbittorrent = {
          enable = true;
          inherit (cfg) group openFirewall;
          webuiPort = cfg.qbittorrent.port;
          # Written at every start: what is changed in the web page lasts until then.
          serverConfig = {
            LegalNotice.Accepted = true;
            BitTorrent.Session = {
              DefaultSavePath = "${cfg.downloadDir}/complete";
              TempPath = "${cfg.downloadDir}/incomplete";
              TempPathEnabled = true;
            };
            Preferences.WebUI.Username = "admin";
          };
        };
        systemd.services.qbittorrent.serviceConfig = sharing // {
          LoadCredential = mkIf hasKeys [ "apiKey:${credentialOf "qbittorrent"}" ];
          ExecStartPre = mkIf hasKeys (
            lib.mkAfter [
              "${lib.getExe qbittorrentPassword} ${config.services.qbittorrent.profileDir}/qBittorrent/config/qBittorrent.conf"
            ]
          );
        };
      })

      (mkIf (isOn "jellyfin") {
        services.jellyfin = {
          enable = true;
          inherit (cfg) group openFirewall;
        };
        # Decoding in the graphics chip.
        users.users.jellyfin.extraGroups = [
          "render"
          "video"
        ];
      })

      (mkIf (cfg.enable && hasKeys) (
        lib.optionalAttrs (options ? sops) {
          sops.secrets = lib.genAttrs (map secretOf withKey) (_: { });
          # The .NET services read every setting from the environment, keys too.
          sops.templates = lib.listToAttrs (
            map (
              name:
              lib.nameValuePair "${name}.env" {
                content = "${lib.toUpper name}__AUTH__APIKEY=${config.sops.placeholder.${secretOf name}}";
                restartUnits = [ "${name}.service" ];
              }
            ) (lib.filter isOn servarr)
          );
        }
      ))
    ]
    ++ map (
      name:
      mkIf (isOn name) {
        services.${name} = {
          enable = true;
          inherit (cfg) openFirewall;
          settings = {
            server.port = cfg.${name}.port;
            # A page for signing in, from the same network too.
            auth = {
              method = "Forms";
              required = "Enabled";
            };
          };
          environmentFiles = mkIf hasKeys [ config.sops.templates."${name}.env".path ];
        }
        // lib.optionalAttrs (libraries ? ${name}) { inherit (cfg) group; };

        systemd.services.${name}.serviceConfig = mkIf (libraries ? ${name}) sharing;
      }
    ) servarr
  );
}
