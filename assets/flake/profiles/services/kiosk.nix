# An appliance with the feature multimedia and no desktop is a media player: Kodi, alone on the screen,
# started at boot as the host's own user.
{
  lib,
  pkgs,
  host,
  hasFeature,
  operator,
  ...
}:
lib.mkIf
  (
    host.hostType == "appliance"
    && hasFeature "multimedia"
    && !hasFeature "headless"
    && host.desktop == "none"
    && operator != null
  )
  {
    services.cage = {
      enable = true;
      user = operator;
      program = lib.getExe' (pkgs.kodi-wayland.withPackages (addons: [
        addons.inputstream-adaptive
        addons.jellyfin
      ])) "kodi-standalone";
      # Remote controls and keyboards may arrive after the start.
      environment.WLR_LIBINPUT_NO_DEVICES = "1";
    };

    hardware.graphics.enable = true;

    # Kodi is the interface: after a crash it comes back, and the console stays a way in.
    systemd.services."cage-tty1".serviceConfig.Restart = "always";
  }
