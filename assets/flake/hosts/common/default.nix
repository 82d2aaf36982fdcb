# What every host of this flake has in common. Each file applies one part of the host's entry in
# lib/constants.nix, so that hosts/NAME/configuration.nix says only what is special about NAME.
{ lib, host, ... }:
{
  imports = [
    ./base.nix
    ./boot.nix
    ./boot-mirror.nix
    ./fleet.nix
    ./network.nix
    ./sddm.nix
    ./security.nix
    ./swap.nix
    ./tpm.nix
    ./users.nix

    ../../modules/ci.nix
    ../../modules/impermanence.nix
    ../../modules/remote-builders.nix
    ../../modules/secure-boot.nix
    ../../modules/sops.nix

    ../../profiles/nixos.nix
  ];

  assertions = import ../../lib/host-rules.nix { inherit lib host; };

  # The same host as a virtual machine (packages.vm-NAME) and as a live medium (packages.live-NAME).
  virtualisation.vmVariant = ../../images/vm.nix;
  image.modules.iso = ../../images/live.nix;
}
