# The login screen of Plasma and Hyprland. GNOME brings its own (profiles/desktop), a host without a desktop
# needs none.
{ lib, host, ... }:
lib.mkIf
  (lib.elem host.desktop [
    "plasma"
    "hyprland"
  ])
  {
    services.displayManager.sddm = {
      enable = true;
      wayland.enable = true;
      autoNumlock = true;
      # The user list and the last name are for whoever stands before the machine; system users are for nobody.
      settings.Users = {
        MinimumUid = 1000;
        MaximumUid = 29999;
      };
    };
  }
