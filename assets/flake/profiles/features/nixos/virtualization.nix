# The usual guests: virtual machines and containers. The other kinds (Android, passed-through graphics
# cards, microVMs) are switched on in the host's own file; modules/virtualization.nix explains them.
{ lib, ... }:
{
  imports = [ ../../../modules/virtualization.nix ];

  virtualization = {
    enable = lib.mkDefault true;
    libvirt.enable = lib.mkDefault true;
    podman.enable = lib.mkDefault true;
  };
}
