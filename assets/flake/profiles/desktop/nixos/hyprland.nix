# Hyprland, started through UWSM so that the session is a tree of systemd units which ends cleanly at
# logout. The login screen is hosts/common/sddm.nix; bindings and bar are profiles/desktop/hyprland.nix.
{ lib, pkgs, ... }:
{
  imports = [ ./common.nix ];

  programs.hyprland = {
    enable = true;
    withUWSM = true;
  };

  # The lock screen checks passwords through PAM, which only the system can set up.
  programs.hyprlock.enable = true;

  # Hyprland has no settings daemon: the file chooser comes from GTK's portal, saved passwords from the
  # keyring, which the login unlocks.
  xdg.portal.extraPortals = [ pkgs.xdg-desktop-portal-gtk ];
  services = {
    displayManager.defaultSession = lib.mkDefault "hyprland-uwsm";
    gnome = {
      gnome-keyring.enable = true;
      # Its SSH agent would answer in place of the one that asks the TPM.
      gcr-ssh-agent.enable = false;
    };
  };

  environment.systemPackages = [
    pkgs.brightnessctl
    pkgs.grim
    pkgs.hyprpolkitagent
    pkgs.playerctl
    pkgs.slurp
  ];
}
