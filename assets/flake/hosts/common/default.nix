# What every host of this flake has in common. Each file applies one part of the host's entry in
# lib/constants.nix, so that hosts/NAME/configuration.nix says only what is special about NAME.
{ lib, host, ... }:
{
  imports = [
    ./base.nix
  ]
  ++ lib.optional (builtins.pathExists ../../profiles/nixos.nix) ../../profiles/nixos.nix;

  assertions = import ../../lib/host-rules.nix { inherit lib host; };
}
