# Batteries and lids.
{
  lib,
  host,
  hasFeature,
  ...
}:
lib.mkMerge [
  (lib.mkIf (host.hostType == "laptop") {
    services = {
      upower.enable = true;
      # Plasma and GNOME show its three profiles in their menus; TLP would fight with it.
      power-profiles-daemon.enable = true;
      thermald.enable = host.system == "x86_64-linux";
      logind.settings.Login.HandleLidSwitchDocked = "ignore";
    };
  })
  (lib.mkIf (host.hostType == "server" || hasFeature "headless") {
    # Nobody is there to press a key: such a machine never sleeps by itself.
    systemd.targets = lib.genAttrs [ "sleep" "suspend" "hibernate" "hybrid-sleep" ] (_: {
      enable = false;
    });
    services.logind.settings.Login.HandleLidSwitch = "ignore";
  })
]
