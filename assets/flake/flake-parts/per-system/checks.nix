# `nix flake check` builds every host and every home of its system.
{ self, lib, fleet, ... }:
{
  perSystem =
    { system, ... }:
    let
      ours = lib.filterAttrs (_: host: host.system == system);
    in
    {
      checks = lib.mapAttrs' (
        name: _: lib.nameValuePair "nixos-${name}" self.nixosConfigurations.${name}.config.system.build.toplevel
      ) (ours fleet.nixos);
    };
}
