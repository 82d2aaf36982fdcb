# Images and generated configuration, made by NixOS' own image builders:
#
#   installer-iso   installs a machine of this flake
#   recovery-iso    repairs one
#   wintv-config    the configuration of the Windows hosts, each in a folder of its name
#   vm-NAME         a host as a virtual machine (`nix run .#vm-NAME`)
#   live-NAME       a host as a live medium (`nix build .#live-NAME`)
#
# The last two are in legacyPackages: they are found like the others, but `nix flake check` does not evaluate
# every host three times, which would take gigabytes of memory.
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
          name: _:
          lib.nameValuePair "${prefix}-${name}" (build self.nixosConfigurations.${name}.config)
        ) (here fleet.nixos);
    in
    {
      packages = {
        installer-iso = medium ../../images/installer.nix;
        recovery-iso = medium ../../images/recovery.nix;
      }
      // lib.optionalAttrs (fleet.windows != { }) {
        wintv-config = import ../../lib/wintv-generators.nix {
          inherit pkgs lib;
          hosts = fleet.windows;
        };
      };

      legacyPackages =
        ofHosts "vm" (config: config.system.build.vm)
        // ofHosts "live" (config: config.system.build.images.iso);
    };
}
