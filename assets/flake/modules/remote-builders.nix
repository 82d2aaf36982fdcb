# Builds on other machines, and building for them. A client signs in with its SSH host key, so that there is
# no further key to make, copy and lose; a builder lets those keys do nothing but build.
{
  config,
  lib,
  ...
}:
let
  cfg = config.remoteBuilders;
in
{
  options.remoteBuilders = {
    machines = lib.mkOption {
      default = [ ];
      description = "The machines that build for this one, the fastest first.";
      type = lib.types.listOf (
        lib.types.submodule {
          options = {
            host = lib.mkOption {
              type = lib.types.str;
              example = "brix";
              description = "The name or address of the builder.";
            };
            system = lib.mkOption {
              type = lib.types.str;
              example = "x86_64-linux";
              description = "What it builds for.";
            };
            maxJobs = lib.mkOption {
              type = lib.types.ints.positive;
              default = 1;
              description = "How many builds it runs at a time.";
            };
            supportedFeatures = lib.mkOption {
              type = lib.types.listOf lib.types.str;
              default = [
                "nixos-test"
                "benchmark"
                "big-parallel"
                "kvm"
              ];
              description = "What its builds may ask for.";
            };
          };
        }
      );
    };

    identityAgent = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      description = "The socket of the agent that holds this machine's key, when it is in a TPM.";
    };

    identityFile = lib.mkOption {
      type = lib.types.path;
      default = "/etc/ssh/ssh_host_ed25519_key";
      description = "The key with which this machine signs in to builders; with an agent, its public part.";
    };

    serve = {
      enable = lib.mkEnableOption "building for other machines";
      keys = lib.mkOption {
        type = lib.types.listOf lib.types.singleLineStr;
        default = [ ];
        description = "The public keys of the machines that may build here.";
      };
    };
  };

  config = lib.mkMerge [
    (lib.mkIf (cfg.machines != [ ]) {
      assertions = [
        {
          assertion = !lib.any (machine: machine.host == config.networking.hostName) cfg.machines;
          message = "remoteBuilders.machines: ${config.networking.hostName} cannot build for itself over SSH; take it out of its own builders.";
        }
      ];

      nix = {
        distributedBuilds = true;
        # A builder that is off is no reason to stop.
        settings = {
          fallback = true;
          builders-use-substitutes = true;
          connect-timeout = 5;
        };
        buildMachines = map (machine: {
          hostName = machine.host;
          inherit (machine) maxJobs supportedFeatures;
          systems = [ machine.system ];
          protocol = "ssh-ng";
          sshUser = "nix-ssh";
          sshKey = toString cfg.identityFile;
        }) cfg.machines;
      };

      programs.ssh.extraConfig = lib.mkIf (cfg.identityAgent != null) ''
        Match localuser root host ${lib.concatMapStringsSep "," (machine: machine.host) cfg.machines} user nix-ssh
          IdentityAgent ${cfg.identityAgent}
          IdentitiesOnly yes
      '';
    })

    (lib.mkIf cfg.serve.enable {
      nix.sshServe = {
        enable = true;
        protocol = "ssh-ng";
        # A builder must accept the inputs of a build, signed or not.
        write = true;
        trusted = true;
        inherit (cfg.serve) keys;
      };

      assertions = [
        {
          assertion = cfg.serve.keys != [ ];
          message = "remoteBuilders.serve.enable: ${config.networking.hostName} would build for nobody; give it the public keys of its clients in remoteBuilders.serve.keys.";
        }
      ];
    })
  ];
}
