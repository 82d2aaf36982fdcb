# Continuous integration on a machine of one's own: Forgejo with an Actions runner (a git server that also
# builds), or Hydra (which builds flakes and nothing else).
#
# Forgejo's runner registers itself: a unit asks Forgejo for the token when it is up, so that no token stands
# in the configuration. The first account is made by hand, once:
#
#   sudo -u forgejo forgejo --work-path /var/lib/forgejo admin user create --admin --username NAME --email ADDRESS --random-password
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.ci;
  inherit (lib)
    mkIf
    mkMerge
    mkOption
    types
    ;

  isForgejo = cfg.engine == "forgejo";
  isHydra = cfg.engine == "hydra";
  isLocal = cfg.domain == "localhost";
  url =
    if cfg.https then "https://${cfg.domain}" else "http://${cfg.domain}:${toString cfg.port}";
  listenAddress = if cfg.openFirewall then "0.0.0.0" else "127.0.0.1";

  inherit (config.services) forgejo;
  tokenFile = "/run/forgejo-runner-token/environment";
  hasRunner = isForgejo && cfg.runner.enable;
  needsContainers = lib.any (lib.hasInfix ":docker:") cfg.runner.labels;
in
{
  options.ci = {
    engine = mkOption {
      type = types.nullOr (
        types.enum [
          "forgejo"
          "hydra"
        ]
      );
      default = null;
      description = "What builds here. Null: nothing.";
    };

    domain = mkOption {
      type = types.str;
      default = "localhost";
      example = "ci.example.org";
      description = "Name under which others reach it, without http:// and without a port.";
    };

    https = mkOption {
      type = types.bool;
      default = false;
      description = "Whether a reverse proxy in front of it speaks HTTPS for the domain.";
    };

    port = mkOption {
      type = types.port;
      default = 3000;
      description = "Port of the web page.";
    };

    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the web page listens on the network, not on this machine only.";
    };

    runner = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether this machine also runs the jobs of its Forgejo.";
      };
      labels = mkOption {
        type = types.listOf types.str;
        default = [
          "debian:docker://docker.io/library/node:22-bookworm"
          "nix:docker://docker.io/nixos/nix:2.31.2"
        ];
        description = ''
          What a job can ask for in `runs-on`, each with the container it runs in. A label that ends in
          `:host` runs jobs without a container: only for repositories whose every author you trust.
        '';
      };
      capacity = mkOption {
        type = types.ints.positive;
        default = 1;
        description = "How many jobs run at a time.";
      };
    };

    notificationSender = mkOption {
      type = types.str;
      default = "hydra@${cfg.domain}";
      defaultText = lib.literalExpression ''"hydra@''${config.ci.domain}"'';
      description = "Sender of Hydra's mails.";
    };
  };

  config = mkMerge [
    (mkIf (cfg.engine != null) {
      assertions = [
        {
          assertion = builtins.match "[A-Za-z0-9.-]+" cfg.domain != null;
          message = ''ci.domain is "${cfg.domain}": write the name alone, such as ci.example.org, without http:// and without a port.'';
        }
        {
          assertion = cfg.https -> !isLocal;
          message = "ci.https needs a name that a certificate can be made for; set ci.domain.";
        }
        {
          assertion = cfg.openFirewall -> !isLocal;
          message = "ci.openFirewall: others cannot reach a machine as localhost; set ci.domain to its name.";
        }
        {
          assertion = hasRunner -> cfg.runner.labels != [ ];
          message = "ci.runner has no labels, so no job could ever be given to it; name one, or set ci.runner.enable to false.";
        }
      ];

      networking.firewall.allowedTCPPorts = mkIf cfg.openFirewall [ cfg.port ];
    })

    (mkIf isForgejo {
      services.forgejo = {
        enable = true;
        lfs.enable = true;
        # A dump each night is what a backup can copy while the database is in use.
        dump.enable = true;
        settings = {
          server = {
            DOMAIN = cfg.domain;
            ROOT_URL = "${url}/";
            HTTP_ADDR = listenAddress;
            HTTP_PORT = cfg.port;
          };
          # Accounts are given, not taken.
          service.DISABLE_REGISTRATION = true;
          session.COOKIE_SECURE = cfg.https;
          actions.ENABLED = true;
          # Short action names are looked up there.
          actions.DEFAULT_ACTIONS_URL = "https://data.forgejo.org";
        };
      };
    })

    (mkIf hasRunner {
      virtualisation.podman.enable = mkIf needsContainers true;

      # Registers without a token of ours: Forgejo hands out its own to whoever may run its command.
      systemd.services.forgejo-runner-token = {
        description = "Ask Forgejo for the registration token of its runner";
        requires = [ "forgejo.service" ];
        after = [ "forgejo.service" ];
        environment = {
          FORGEJO_WORK_DIR = forgejo.stateDir;
          FORGEJO_CUSTOM = forgejo.customDir;
        };
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          User = forgejo.user;
          Group = forgejo.group;
          RuntimeDirectory = "forgejo-runner-token";
          RuntimeDirectoryMode = "0700";
          UMask = "0077";
          # Forgejo answers a moment after its unit counts as started.
          Restart = "on-failure";
          RestartSec = 3;
        };
        script = ''
          token=$(${lib.getExe forgejo.package} forgejo-cli actions generate-runner-token)
          printf 'TOKEN=%s\n' "$token" > ${tokenFile}
        '';
      };

      services.gitea-actions-runner = {
        package = pkgs.forgejo-runner;
        instances.local = {
          enable = true;
          name = config.networking.hostName;
          # Not by the outside name: that one may go through a proxy that is not up yet.
          url = "http://127.0.0.1:${toString cfg.port}";
          inherit tokenFile;
          inherit (cfg.runner) labels;
          settings.runner.capacity = cfg.runner.capacity;
        };
      };
      systemd.services.gitea-runner-local = {
        requires = [ "forgejo-runner-token.service" ];
        after = [ "forgejo-runner-token.service" ];
      };
    })

    (mkIf isHydra {
      services.hydra = {
        enable = true;
        hydraURL = url;
        inherit (cfg) port notificationSender;
        listenHost = if cfg.openFirewall then "*" else "localhost";
        # What the public cache has is fetched rather than built.
        useSubstitutes = true;
        # Stops before the disk is full, in GiB: a full disk stops everything else too.
        minimumDiskFree = 5;
        minimumDiskFreeEvaluator = 2;
      };

      # Flakes fetch their inputs while they are evaluated, and Hydra evaluates in restricted mode.
      nix.settings.allowed-uris = [
        "github:"
        "gitlab:"
        "git+https://"
        "https://github.com/"
      ];
    })
  ];
}
