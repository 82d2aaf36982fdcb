# KDE Plasma 6 on Wayland. The login screen is hosts/common/sddm.nix.
{ lib, pkgs, ... }:
{
  imports = [ ./common.nix ];

  services.desktopManager.plasma6.enable = true;
  services.displayManager.defaultSession = lib.mkDefault "plasma";

  environment.plasma6.excludePackages = [
    # The music player; profiles/features/multimedia.nix brings mpv.
    pkgs.kdePackages.elisa
    # Remote desktop server: a listening service that nobody asked for.
    pkgs.kdePackages.krdp
  ];

  # The disk manager needs a D-Bus helper with root's rights, which a package alone does not install.
  programs.partition-manager.enable = true;
}
