# The secrets of a host: one file, encrypted by sops to the age key of the host, decrypted while the system is
# activated. The age key is in the TPM (its identity file is useless on another machine) or, on a machine
# without one, a file of mode 0600. No key is ever generated on the machine: without its key a host has no
# secrets, and says so.
#
# Needs the module of sops-nix beside it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.hostSecrets;
  passwordDirectory = "${cfg.stateDirectory}/passwords";

  # age has no identity of its own for keys of the curve P-256, which these are: a plugin speaks for them. On a
  # machine without a TPM that is mnemonix, which put itself beside the key when it wrote the key.
  softwarePlugin = pkgs.runCommand "age-plugin-mnemonix" { } ''
    mkdir -p $out/bin
    ln -s ${cfg.stateDirectory}/bin/age-plugin-mnemonix $out/bin/age-plugin-mnemonix
  '';
in
{
  options.hostSecrets = {
    file = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      example = lib.literalExpression "./secrets/snix.yaml";
      description = ''
        The encrypted secrets of this host. Without a file the host has no secrets: everything that needs one
        stands back, and the configuration still builds.
      '';
    };

    available = lib.mkOption {
      type = lib.types.bool;
      readOnly = true;
      default = cfg.file != null;
      defaultText = lib.literalExpression "config.hostSecrets.file != null";
      description = "Whether this host has secrets. Declare `sops.secrets` only where it is true.";
    };

    stateDirectory = lib.mkOption {
      type = lib.types.path;
      default = "/var/lib/mnemonix";
      description = ''
        Where the machine keeps its age identity and the last good password hashes. It must be on a file
        system that is mounted before activation; with an ephemeral root that is the persistent one.
      '';
    };

    identityFile = lib.mkOption {
      type = lib.types.str;
      default = "${cfg.stateDirectory}/age-identity.txt";
      defaultText = lib.literalExpression ''"''${config.hostSecrets.stateDirectory}/age-identity.txt"'';
      description = "The age identity of this host, of mode 0600.";
    };

    tpm = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Whether the identity is one of age-plugin-tpm. Its key must have no PIN: nobody is there to type it.
        Otherwise it is one of age itself, or one of age-plugin-mnemonix, whose program then lies in the state
        directory: `mnemonix keys enroll` puts it there.
      '';
    };

    passwords = lib.mkOption {
      type = lib.types.attrsOf lib.types.str;
      default = { };
      example = {
        alice = "user/hashedPassword";
      };
      description = ''
        For each user, the secret that holds the hash of the password (as `mkpasswd` prints it). The last hash
        that could be decrypted is kept, and used when the key is gone, so that a cleared TPM locks nobody out.
      '';
    };
  };

  config = lib.mkMerge [
    {
      # Before anything is kept in it, and before anything watches it.
      system.activationScripts.hostSecretsDirectory = "install -d -m 0700 ${cfg.stateDirectory}";
    }
    (lib.mkIf cfg.available {
      assertions = lib.mapAttrsToList (user: _: {
        assertion = config.users.users ? ${user} && config.users.users.${user}.isNormalUser;
        message = ''hostSecrets.passwords.${user}: there is no such user; add it to users.users, or take the password away.'';
      }) cfg.passwords;

      sops = {
        defaultSopsFile = cfg.file;
        age = {
          keyFile = cfg.identityFile;
          generateKey = false;
          plugins = [ (if cfg.tpm then pkgs.age-plugin-tpm else softwarePlugin) ];
          # The defaults name SSH host keys that do not exist as files here.
          sshKeyPaths = [ ];
        };
        gnupg.sshKeyPaths = [ ];
        secrets = lib.genAttrs (lib.attrValues cfg.passwords) (_: { neededForUsers = true; });
      };

      users.users = lib.mapAttrs (user: _: {
        hashedPasswordFile = "${passwordDirectory}/${user}";
      }) cfg.passwords;

      system.activationScripts = lib.mkIf (cfg.passwords != { }) {
        # After the secrets, before the users. A hash begins with "$"; anything else is no hash, and an empty or
        # missing secret is a failed decryption: the old hash stays.
        lastGoodPasswords = {
          deps = [
            "hostSecretsDirectory"
            "setupSecretsForUsers"
          ];
          text = ''
            (
              umask 0077
              mkdir -p ${passwordDirectory}
              keepLastGood() {
                if [ -s "$1" ] && [ "$(head -c 1 "$1")" = '$' ]; then
                  cp "$1" "$2.new" && mv -f "$2.new" "$2"
                else
                  echo "no password hash in $1: keeping the last good one of ''${2##*/}" >&2
                fi
              }
              ${lib.concatStrings (
                lib.mapAttrsToList (user: secret: ''
                  keepLastGood ${
                    lib.escapeShellArgs [
                      config.sops.secrets.${secret}.path
                      "${passwordDirectory}/${user}"
                    ]
                  }
                '') cfg.passwords
              )}
            )
          '';
        };
        users.deps = [ "lastGoodPasswords" ];
      };
    })
  ];
}
