# `nix flake check`: every host and every home of this system is built, every NixOS test of tests/ is run, and
# every file is laid out by nixfmt and free of dead code. `nix flake check --no-build` only evaluates.
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
      lint =
        name: package: command:
        pkgs.runCommand name { nativeBuildInputs = [ package ]; } ''
          cd ${sources}
          ${command}
          touch $out
        '';
    in
    {
      checks =
        hosts
        // homes
        // lib.optionalAttrs (system == "x86_64-linux") tests
        // {
          format = lint "format" pkgs.nixfmt "find . -name '*.nix' -exec nixfmt --check {} +";
          dead-code = lint "dead-code" pkgs.deadnix "deadnix --fail --no-lambda-pattern-names .";
          antipatterns = lint "antipatterns" pkgs.statix "statix check .";
        };
    };
}
