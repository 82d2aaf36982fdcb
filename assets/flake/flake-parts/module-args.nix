# What every flake-parts module of this flake can ask for by name, beside flake-parts' own arguments:
#
#   constants       lib/constants.nix as it is written
#   fleet           the same hosts with every default filled in, sorted by kind (lib/hosts.nix)
#   systemBuilders  mkNixosConfig, pkgsFor, unstableFor, specialArgsFor
#   homeBuilders    mkHomeConfig, homeModulesFor
#
# and, for each system, `pkgs` (the stable release) and `unstable`.
{ inputs, ... }:
let
  inherit (inputs.stable-nixpkgs) lib;

  constants = import ../lib/constants.nix;
  fleet = import ../lib/hosts.nix { inherit lib constants; };
  homeBuilders = import ../lib/home-builders.nix { inherit inputs systemBuilders; };
  systemBuilders = import ../lib/system-builders.nix {
    inherit
      inputs
      constants
      fleet
      homeBuilders
      ;
  };
in
{
  _module.args = {
    inherit
      constants
      fleet
      systemBuilders
      homeBuilders
      ;
  };

  perSystem =
    { system, ... }:
    {
      _module.args = {
        pkgs = systemBuilders.pkgsFor system;
        unstable = systemBuilders.unstableFor system;
      };
    };
}
