# GNOME's settings live in dconf.
{ host, ... }:
{
  dconf.settings = {
    "org/gnome/desktop/interface" = {
      clock-show-weekday = true;
      show-battery-percentage = host.hostType == "laptop";
    };
    "org/gnome/desktop/privacy" = {
      # What was opened and thrown away is not remembered for ever.
      remember-recent-files = false;
      remove-old-trash-files = true;
      remove-old-temp-files = true;
    };
    "org/gnome/desktop/screensaver".lock-delay = 0;
    "org/gnome/desktop/peripherals/touchpad".tap-to-click = true;
    "org/gnome/mutter" = {
      dynamic-workspaces = true;
      edge-tiling = true;
    };
    "org/gnome/settings-daemon/plugins/color".night-light-enabled = true;
  };
}
