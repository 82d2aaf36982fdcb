# What this host knows of the others: their SSH host keys, the operator's own key, the machines that build for
# it and those that it builds for. All of it follows from lib/constants.nix and the public keys in keys/.
{
  config,
  lib,
  fleet,
  host,
  operator,
  ...
}:
let
  sshKeyOf = other: other.publicKeys.host.ssh.public or null;
  others = lib.filterAttrs (_: other: sshKeyOf other != null) fleet.nixos;

  # The operator's key is the same on all machines that were enrolled with the same words.
  sameOperator = lib.filterAttrs (_: other: other.users.${operator}.operator or false) fleet.homes;
  operatorKeys = lib.unique (
    lib.filter (key: key != null) (
      lib.mapAttrsToList (_: other: other.publicKeys.user.ssh.public or null) sameOperator
    )
  );

  clients = lib.filterAttrs (
    _: other: other.name != host.name && lib.any (builder: builder.host == host.name) other.builders
  ) fleet.nixos;
  clientKeys = lib.filter (key: key != null) (lib.mapAttrsToList (_: sshKeyOf) clients);
in
{
  programs.ssh.knownHosts = lib.mapAttrs (_: other: {
    publicKey = sshKeyOf other;
  }) others;

  users.users = lib.mkIf (operator != null) {
    ${operator}.openssh.authorizedKeys.keys = operatorKeys;
    # Only servers and appliances let root in (security.nix).
    root.openssh.authorizedKeys.keys = lib.mkIf (
      config.services.openssh.settings.PermitRootLogin != "no"
    ) (operatorKeys ++ host.users.${operator}.sshKeys);
  };

  remoteBuilders = {
    machines = map (builder: {
      inherit (builder) host;
      inherit (builder) system;
      maxJobs = builder.maxJobs or 1;
    }) host.builders;
    identityAgent = lib.mkIf config.hostKeyAgent.enable config.hostKeyAgent.socket;
    identityFile = lib.mkIf config.hostKeyAgent.enable config.hostKeyAgent.publicKeyFile;
    serve = {
      enable = clientKeys != [ ];
      keys = clientKeys;
    };
  };
}
