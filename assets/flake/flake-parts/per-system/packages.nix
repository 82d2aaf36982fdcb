# Images and generated configuration, made by NixOS' own image builders:
#
#   installer-iso   installs a machine of this flake
#   recovery-iso    repairs one
#   vm-NAME         a host as a virtual machine
#   live-NAME       a host as a live medium
#   wintv-config    the configuration of the Windows hosts, each in a folder of its name
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

      medium =
        module:
        (inputs.stable-nixpkgs.lib.nixosSystem {
          specialArgs = { inherit inputs; };
          modules = [
            module
            { nixpkgs.hostPlatform = system; }
          ];
        }).config.system.build.isoImage;

      ofHosts =
        prefix: build:
        lib.mapAttrs' (
          name: _: lib.nameValuePair "${prefix}-${name}" (build self.nixosConfigurations.${name}.config)
        ) (here fleet.nixos);
    in
    {
      packages =
        {
          installer-iso = medium ../../images/installer.nix;
          recovery-iso = medium ../../images/recovery.nix;
        }
        // ofHosts "vm" (config: config.system.build.vm)
        // ofHosts "live" (config: config.system.build.images.iso)
        // lib.optionalAttrs (fleet.windows != { }) {
          wintv-config = import ../../lib/wintv-generators.nix {
            inherit pkgs lib;
            hosts = fleet.windows;
          };
        };
    };
}
