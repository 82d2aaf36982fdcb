# `nix flake check`: every host and every home of this system is built, and every NixOS test of tests/ is run.
# `nix flake check --no-build` only evaluates.
#
# `nix build .#lint` judges the text: laid out by nixfmt, no dead code (deadnix), no antipatterns (statix). It is
# no check, because a file that a tool generated on a new machine is no reason to refuse that machine.
{
  self,
  inputs,
  lib,
  fleet,
  ...
}:
{
  perSystem =
    { pkgs, system, ... }:
    let
      here = lib.filterAttrs (_: host: host.system == system);

      hosts = lib.mapAttrs' (
        name: _:
        lib.nameValuePair "nixos-${name}" self.nixosConfigurations.${name}.config.system.build.toplevel
      ) (here fleet.nixos);

      homes = lib.concatMapAttrs (
        name: host:
        lib.mapAttrs' (
          username: _:
          lib.nameValuePair "home-${username}-${name}"
            self.homeConfigurations."${username}@${name}".activationPackage
        ) host.users
      ) (here fleet.homes);

      # The tests start virtual machines, which needs KVM of this system.
      files = lib.filterAttrs (file: kind: kind == "regular" && lib.hasSuffix ".nix" file) (
        builtins.readDir ../../tests
      );
      tests = lib.mapAttrs' (
        file: _:
        lib.nameValuePair "test-${lib.removeSuffix ".nix" file}" (
          import (../../tests + "/${file}") {
            inherit pkgs lib inputs;
            inherit (self) nixosModules;
          }
        )
      ) files;

      # The flake without what is not Nix's business, so that a new binary or secret runs no linter again.
      sources = lib.fileset.toSource {
        root = ../..;
        fileset = lib.fileset.fileFilter (file: file.hasExt "nix") ../..;
      };
    in
    {
      checks = hosts // homes // lib.optionalAttrs (system == "x86_64-linux") tests;

      legacyPackages.lint =
        pkgs.runCommand "lint"
          {
            nativeBuildInputs = [
              pkgs.deadnix
              pkgs.nixfmt
              pkgs.statix
            ];
          }
          ''
            cd ${sources}
            status=0
            find . -name '*.nix' -exec nixfmt --check {} + || status=1
            deadnix --fail --no-lambda-pattern-names . || status=1
            statix check . || status=1
            [ "$status" = 0 ] && touch "$out"
          '';
    };
}
