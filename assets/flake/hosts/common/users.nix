# The people of lib/constants.nix and how they prove who they are, in this order:
#
#   1. a password whose hash is a secret of this host (secrets/KEYNAME.yaml, modules/sops.nix);
#   2. for images and test machines only, a hash from USER_PASSWORD_HASH in the environment of the build
#      (`nix build --impure`): it ends up readable in the Nix store, so an installed machine never uses it;
#   3. neither: SSH keys, and whatever root sets with `passwd`.
{
  config,
  lib,
  host,
  ...
}:
let
  hashFromEnvironment = builtins.getEnv "USER_PASSWORD_HASH";
  secretOf =
    name: user: if user.operator then "user/hashedPassword" else "users/${name}/hashedPassword";
in
{
  hostSecrets = {
    file = host.secretsFile;
    tpm = host.tpm.keys;
    stateDirectory = lib.mkIf host.disk.impermanence "/persist/var/lib/mnemonix";
    passwords = lib.mapAttrs secretOf host.users;
  };

  users = {
    # Where the hashes are declared, they are the truth; elsewhere `passwd` works and lasts.
    mutableUsers = !config.hostSecrets.available;

    users = lib.mapAttrs (_: user: {
      isNormalUser = true;
      description = user.fullName;
      # The key files in the operator's home are put there before NixOS first runs: they need a number to belong to.
      uid = lib.mkIf user.operator 1000;
      extraGroups = [
        "audio"
        "video"
      ]
      ++ lib.optionals user.operator [ "wheel" ]
      # Who uses keys in the TPM talks to it.
      ++ lib.optionals (user.operator && host.tpm.operatorKeys) [ config.security.tpm2.tssGroup ];
      openssh.authorizedKeys.keys = user.sshKeys;
      initialHashedPassword = lib.mkIf (
        user.operator && !config.hostSecrets.available && hashFromEnvironment != ""
      ) hashFromEnvironment;
    }) host.users;
  };
}
