# A machine without a screen: reached over the network or a serial line, and back by itself after a fault.
{ lib, ... }:
{
  # The firmware's first serial port and the screen, if one is plugged in; the last named gets the prompt.
  boot.kernelParams = [
    "console=tty0"
    "console=ttyS0,115200n8"
  ];

  services.openssh.enable = lib.mkDefault true;

  # Nobody can type a root password at an emergency prompt: go on booting, so that sshd comes up.
  systemd.enableEmergencyMode = false;

  # A kernel that hangs is reset by the hardware; one that panics starts again.
  systemd.settings.Manager = {
    RuntimeWatchdogSec = "30s";
    RebootWatchdogSec = "2min";
  };
  boot.kernel.sysctl."kernel.panic" = 30;

  # No fonts, icons or sound themes for windows that never open.
  fonts.fontconfig.enable = lib.mkDefault false;
  xdg = {
    icons.enable = lib.mkDefault false;
    mime.enable = lib.mkDefault false;
    sounds.enable = lib.mkDefault false;
  };
  documentation.nixos.enable = lib.mkDefault false;
}
