# Deployment by colmena: `colmena apply` sends every server and appliance its new system over SSH, in parallel;
# `colmena apply-local --sudo` does it for the machine that one sits at. docs/architecture.md says why colmena.
#
# A node is built from the same modules and arguments as nixosConfigurations.NAME, so both give the same system.
{
  lib,
  inputs,
  fleet,
  systemBuilders,
  ...
}:
let
  nixpkgs = inputs.stable-nixpkgs;

  node = host: {
    imports = systemBuilders.modulesFor {
      inherit (host) system;
      inherit host;
      hostConfig = ../../hosts/${host.name}/configuration.nix;
    };

    # What nixosSystem of a flake adds by itself: the version's name, and the nixpkgs that `nix shell nixpkgs#...`
    # means on the machine.
    system.nixos = {
      versionSuffix = ".${
        builtins.substring 0 8 (nixpkgs.lastModifiedDate or "19700101")
      }.${nixpkgs.shortRev or "dirty"}";
      revision = lib.mkIf (nixpkgs ? rev) nixpkgs.rev;
    };
    nixpkgs.flake.source = nixpkgs.outPath;

    deployment = {
      # Machines that someone sits at deploy themselves: they are asleep, or elsewhere, or in the middle of
      # something; and nobody signs in to them as root.
      targetHost =
        if
          lib.elem host.hostType [
            "server"
            "appliance"
          ]
        then
          host.name
        else
          null;
      targetUser = "root";
      allowLocalDeployment = true;
      # `colmena apply --on @server`, `--on @backup`.
      tags = [ host.hostType ] ++ host.hostFeatures;
    };
  };
in
{
  flake.colmena = {
    meta = {
      description = "The machines of lib/constants.nix";
      nixpkgs = systemBuilders.pkgsFor "x86_64-linux";
      nodeNixpkgs = lib.mapAttrs (_: host: systemBuilders.pkgsFor host.system) fleet.nixos;
      nodeSpecialArgs = lib.mapAttrs (_: systemBuilders.specialArgsFor) fleet.nixos;
    };
  }
  // lib.mapAttrs (_: node) fleet.nixos;
}
