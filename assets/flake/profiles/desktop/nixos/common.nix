# What every desktop needs from the system, whichever it is.
{ pkgs, ... }:
{
  hardware.graphics.enable = true;

  # Settings daemons and GTK programs keep their preferences there, under Plasma too.
  programs.dconf.enable = true;

  # Password prompts of graphical programs, removable disks, thumbnails in the file manager.
  security.polkit.enable = true;
  services.udisks2.enable = true;
  services.gvfs.enable = true;

  # Text in any script, emoji, and one font with programming symbols.
  fonts = {
    enableDefaultPackages = true;
    packages = [
      pkgs.noto-fonts
      pkgs.noto-fonts-cjk-sans
      pkgs.noto-fonts-color-emoji
      pkgs.nerd-fonts.jetbrains-mono
    ];
    fontconfig.defaultFonts.monospace = [ "JetBrainsMono Nerd Font" ];
  };

  # Electron and Chromium programs otherwise start through XWayland and are blurred on scaled screens.
  environment.sessionVariables.NIXOS_OZONE_WL = "1";

  environment.systemPackages = [
    pkgs.wl-clipboard
    pkgs.xdg-utils
  ];
}
