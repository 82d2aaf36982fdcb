# nixosConfigurations.NAME, one for each host of lib/constants.nix that runs NixOS, and the modules for
# others to reuse. Nothing is listed here: the constants entry and hosts/NAME/configuration.nix are enough.
{
  lib,
  fleet,
  systemBuilders,
  ...
}:
{
  flake = {
    inherit (import ../../modules) nixosModules;
    nixosConfigurations = lib.mapAttrs (
      name: host:
      systemBuilders.mkNixosConfig {
        inherit (host) system;
        inherit host;
        hostConfig = ../../hosts/${name}/configuration.nix;
      }
    ) fleet.nixos;
  };
}
