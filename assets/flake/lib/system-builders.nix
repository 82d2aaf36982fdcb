# Builds NixOS systems from host entries: mkNixosConfig, and the package sets and arguments they share.
{
  inputs,
  constants,
  fleet,
  homeBuilders,
}:
let
  inherit (inputs.stable-nixpkgs) lib;

  systems = (import ../flake-parts/systems.nix).systems;

  importFor =
    nixpkgs:
    lib.genAttrs systems (
      system:
      import nixpkgs {
        inherit system;
        config.allowUnfree = true;
      }
    );

  # Evaluated once for each system, however many hosts share it.
  stable = importFor inputs.stable-nixpkgs;
  unstable = importFor inputs.unstable-nixpkgs;

  known =
    system: packages:
    packages.${system} or (throw ''
      lib/constants.nix: "${system}" is not a system of this flake; it builds for ${lib.concatStringsSep ", " systems} (flake-parts/systems.nix)'');
in
rec {
  pkgsFor = system: known system stable;
  unstableFor = system: known system unstable;

  # The arguments of every module, of NixOS and of Home Manager, beside the usual config, lib and pkgs.
  specialArgsFor =
    host:
    let
      vocabulary = import ./vocabulary.nix;
      operators = lib.attrNames (lib.filterAttrs (_: user: user.operator) host.users);
    in
    {
      inherit
        inputs
        constants
        fleet
        host
        ;
      inherit (inputs) disko;

      # Packages newer than the release: `unstable.NAME`.
      unstable = unstableFor host.system;

      # Whether this host has a feature. A misspelt name would be false for ever, so it is an error.
      hasFeature =
        feature:
        if lib.elem feature vocabulary.features then
          lib.elem feature host.hostFeatures
        else
          throw ''hasFeature "${feature}": there is no such feature; lib/vocabulary.nix knows ${lib.concatStringsSep ", " vocabulary.features}'';

      # The name of the user who looks after the machine, or null.
      operator = if operators == [ ] then null else lib.head operators;
    };

  # Everything that a host consists of, for nixosSystem and for the deployment engine alike.
  modulesFor =
    {
      system,
      host,
      hostConfig,
    }:
    [
      hostConfig
      inputs.sops-nix.nixosModules.sops
      inputs.microvm.nixosModules.host
      inputs.disko.nixosModules.disko
      inputs.impermanence.nixosModules.impermanence
      inputs.lanzaboote.nixosModules.lanzaboote
      inputs.home-manager.nixosModules.home-manager
      {
        networking.hostName = host.name;
        nixpkgs.hostPlatform = system;
        nixpkgs.config.allowUnfree = true;

        home-manager = {
          useGlobalPkgs = true;
          useUserPackages = true;
          # A file that was there before Home Manager is kept under this ending, never overwritten.
          backupFileExtension = "before-home-manager";
          extraSpecialArgs = specialArgsFor host;
          users = lib.mapAttrs (username: _: {
            imports = homeBuilders.homeModulesFor { inherit host username; };
          }) host.users;
        };
      }
    ];

  mkNixosConfig =
    {
      system,
      host,
      hostConfig,
      extraModules ? [ ],
    }:
    inputs.stable-nixpkgs.lib.nixosSystem {
      specialArgs = specialArgsFor host;
      modules = modulesFor { inherit system host hostConfig; } ++ extraModules;
    };
}
