# The usual containers of a Windows media machine, each with a switch. The versions are raised here, on
# purpose and one at a time; a backup of dataDir before that is never wrong.
#
# Readarr is not among them: its makers gave it up, and no image of it gets fixes any more.
{ config, lib, ... }:
let
  cfg = config.wintv;
  on = cfg.services;

  data = name: target: {
    source = "${cfg.dataDir}\\${name}";
    inherit target;
  };
  media = {
    source = cfg.mediaDir;
    target = "/media";
  };
  http = number: {
    host = number;
    container = number;
  };
  curl = url: [
    "curl"
    "--fail"
    "--silent"
    "--show-error"
    "--output"
    "/dev/null"
    url
  ];

  # The images of linuxserver.io run as this user; Windows' own rights do not reach into the machine of Podman.
  user = {
    PUID = "1000";
    PGID = "1000";
    UMASK = "002";
    TZ = cfg.timezone;
  };

  # The services of one family differ in name, port and version.
  servarr = name: port: version: {
    image = "lscr.io/linuxserver/${name}:${version}";
    ports = [ (http port) ];
    volumes = [ (data name "/config") ] ++ lib.optional (name != "prowlarr") media;
    environment = user // {
      "${lib.toUpper name}__AUTH__METHOD" = "Forms";
      "${lib.toUpper name}__AUTH__REQUIRED" = "Enabled";
    };
    secrets = [ "${lib.toUpper name}__AUTH__APIKEY" ];
    healthcheck = curl "http://localhost:${toString port}/ping";
    dependsOn = lib.optional (name != "prowlarr" && on.prowlarr) "prowlarr";
  };

  all = {
    jellyfin = {
      image = "docker.io/jellyfin/jellyfin:10.11.11";
      ports = [
        (http 8096)
        {
          host = 7359;
          container = 7359;
          protocol = "udp";
        }
      ];
      volumes = [
        (data "jellyfin\\config" "/config")
        (data "jellyfin\\cache" "/cache")
        (media // { readOnly = true; })
      ];
      environment = {
        TZ = cfg.timezone;
      }
      // lib.optionalAttrs (cfg.domain != null) { JELLYFIN_PublishedServerUrl = "http://${cfg.domain}:8096"; };
      healthcheck = curl "http://localhost:8096/health";
      inherit (cfg) gpu;
    };

    prowlarr = servarr "prowlarr" 9696 "2.3.5";
    sonarr = servarr "sonarr" 8989 "4.0.17";
    radarr = servarr "radarr" 7878 "6.1.1";
    lidarr = servarr "lidarr" 8686 "3.1.0";

    bazarr = {
      image = "lscr.io/linuxserver/bazarr:1.5.6";
      ports = [ (http 6767) ];
      volumes = [
        (data "bazarr" "/config")
        media
      ];
      environment = user;
      healthcheck = curl "http://localhost:6767/";
      dependsOn = lib.filter (name: on.${name}) [
        "radarr"
        "sonarr"
      ];
    };

    qbittorrent = {
      image = "lscr.io/linuxserver/qbittorrent:5.1.4";
      ports = [
        (http 8080)
        (http 6881)
        (http 6881 // { protocol = "udp"; })
      ];
      volumes = [
        (data "qbittorrent" "/config")
        media
      ];
      environment = user // {
        WEBUI_PORT = "8080";
        TORRENTING_PORT = "6881";
      };
      healthcheck = curl "http://localhost:8080/";
    };

    ollama = {
      image = "docker.io/ollama/ollama:0.33.3";
      # Whoever reaches this port may use the machine: only the page below does.
      ports = [ (http 11434 // { public = false; }) ];
      volumes = [ (data "ollama" "/root/.ollama") ];
      healthcheck = [
        "ollama"
        "list"
      ];
      inherit (cfg) gpu;
    };

    open-webui = {
      image = "ghcr.io/open-webui/open-webui:v0.9.6";
      ports = [
        {
          host = 3000;
          container = 8080;
        }
      ];
      volumes = [ (data "open-webui" "/app/backend/data") ];
      environment.OLLAMA_BASE_URL = "http://ollama:11434";
      secrets = [ "WEBUI_SECRET_KEY" ];
      healthcheck = curl "http://localhost:8080/health";
      dependsOn = [ "ollama" ];
    };

    kanidm = {
      image = "docker.io/kanidm/server:1.9.2";
      ports = [
        {
          host = 8443;
          container = 8443;
        }
      ];
      volumes = [ (data "kanidm" "/data") ];
      healthcheck = [
        "/sbin/kanidmd"
        "healthcheck"
        "-c"
        "/data/server.toml"
      ];
    };
  };

  byDefault = [
    "bazarr"
    "jellyfin"
    "prowlarr"
    "qbittorrent"
    "radarr"
    "sonarr"
  ];
in
{
  options.wintv = {
    gpu = lib.mkEnableOption "an NVIDIA graphics card for decoding and models";

    services = lib.mapAttrs (
      name: _:
      lib.mkOption {
        type = lib.types.bool;
        default = lib.elem name byDefault;
        description = "Whether ${name} runs.";
      }
    ) all;
  };

  config = {
    wintv.containers = lib.mkIf cfg.enable (lib.filterAttrs (name: _: on.${name}) all);

    assertions = lib.optionals cfg.enable [
      {
        assertion = on.open-webui -> on.ollama;
        message = "wintv.services.open-webui is the page of ollama; set wintv.services.ollama = true as well.";
      }
      {
        assertion = on.bazarr -> on.sonarr || on.radarr;
        message = "wintv.services.bazarr finds subtitles for what Sonarr and Radarr hold; switch one of them on.";
      }
      {
        assertion = on.kanidm -> cfg.domain != null;
        message = "wintv.services.kanidm signs for a domain; set wintv.domain.";
      }
    ];
  };
}
