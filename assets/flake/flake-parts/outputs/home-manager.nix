# homeConfigurations."USER@HOST", one for each user of each host that is not Windows. On a NixOS host the
# same modules are part of the system already: there this output is for trying a change without root.
{
  lib,
  fleet,
  homeBuilders,
  ...
}:
{
  flake.homeConfigurations = lib.concatMapAttrs (
    name: host:
    lib.mapAttrs' (
      username: _:
      lib.nameValuePair "${username}@${name}" (
        homeBuilders.mkHomeConfig {
          inherit (host) system;
          inherit host username;
        }
      )
    ) host.users
  ) fleet.homes;
}
