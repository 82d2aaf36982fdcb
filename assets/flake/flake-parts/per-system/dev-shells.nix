# `nix develop .#NAME`: one shell for each file of devshells/, named after it.
{ lib, ... }:
{
  perSystem =
    { pkgs, unstable, ... }:
    let
      files = lib.filterAttrs (name: kind: kind == "regular" && lib.hasSuffix ".nix" name) (
        builtins.readDir ../../devshells
      );
    in
    {
      devShells = lib.mapAttrs' (
        file: _:
        lib.nameValuePair (lib.removeSuffix ".nix" file) (
          pkgs.callPackage (../../devshells + "/${file}") { inherit unstable; }
        )
      ) files;
    };
}
