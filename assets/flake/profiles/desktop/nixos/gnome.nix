# GNOME on Wayland, with its own login screen: GDM unlocks the keyring and hands over without a flicker.
{ lib, pkgs, ... }:
{
  imports = [ ./common.nix ];

  services.desktopManager.gnome.enable = true;
  services.displayManager.gdm.enable = true;
  services.displayManager.defaultSession = lib.mkDefault "gnome";

  # Its SSH agent would answer in place of the one that asks the TPM (profiles/programs/ssh.nix).
  services.gnome.gcr-ssh-agent.enable = false;

  # Games, the tour and the web browser of GNOME; firefox is a profile of its own.
  services.gnome.games.enable = false;
  environment.gnome.excludePackages = [
    pkgs.gnome-tour
    pkgs.epiphany
    pkgs.geary
  ];

  environment.systemPackages = [ pkgs.gnome-tweaks ];
}
