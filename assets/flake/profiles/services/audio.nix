# Sound through PipeWire, wherever somebody listens.
{
  lib,
  host,
  hasFeature,
  ...
}:
lib.mkIf (host.desktop != "none" || (hasFeature "multimedia" && !hasFeature "headless")) {
  services.pipewire = {
    enable = true;
    alsa.enable = true;
    # 32-bit games and Wine find no sound without it; there is no 32-bit side on other processors.
    alsa.support32Bit = host.system == "x86_64-linux";
    pulse.enable = true;
  };

  # Lets PipeWire ask for real-time scheduling instead of crackling under load.
  security.rtkit.enable = true;
  services.pulseaudio.enable = false;
}
