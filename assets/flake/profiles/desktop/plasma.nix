# Plasma keeps its settings in files that it writes itself; what stands here is only what the programs
# around it need.
{ pkgs, ... }:
{
  # GTK programs look like the rest.
  gtk = {
    enable = true;
    theme = {
      name = "Breeze";
      package = pkgs.kdePackages.breeze-gtk;
    };
    gtk4.theme = null;
  };

  home.packages = [
    pkgs.kdePackages.filelight
    pkgs.kdePackages.kcalc
    pkgs.kdePackages.ksshaskpass
  ];

  services.kdeconnect.enable = false;
}
