# Bluetooth on machines that sit in front of a person. Off until asked for at a server.
{ lib, host, ... }:
lib.mkIf (host.desktop != "none") {
  hardware.bluetooth = {
    enable = true;
    # Keyboards must work at the login screen.
    powerOnBoot = true;
    # Battery levels of headsets and mice need the experimental interfaces of BlueZ.
    settings.General.Experimental = true;
  };

  # Plasma and GNOME bring their own window for pairing.
  services.blueman.enable = host.desktop == "hyprland";
}
