# Playing and making pictures and sound.
{
  lib,
  pkgs,
  host,
  hasFeature,
  ...
}:
lib.mkIf (!hasFeature "headless") {
  hardware.graphics = {
    enable = true;
    # Video is decoded by the graphics chip; AMD's driver is part of Mesa already.
    extraPackages = lib.optionals (host.system == "x86_64-linux") [
      pkgs.intel-media-driver
      pkgs.vpl-gpu-rt
    ];
  };

  # Music software speaks JACK.
  services.pipewire.jack.enable = true;

  # Colours of screens and printers by their profiles.
  services.colord.enable = host.desktop != "none";
}
