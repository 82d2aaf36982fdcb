# GNOME on Wayland, with its own login screen: GDM unlocks the keyring and hands over without a flicker.
{ lib, pkgs, ... }:
{
  imports = [ ./common.nix ];

  services = {
    desktopManager.gnome.enable = true;
    displayManager = {
      gdm.enable = true;
      defaultSession = lib.mkDefault "gnome";
    };
    gnome = {
      # Its SSH agent would answer in place of the one that asks the TPM (profiles/programs/ssh.nix).
      gcr-ssh-agent.enable = false;
      games.enable = false;
    };
  };

  # The tour, the web browser and the mail program of GNOME; firefox is a profile of its own.
  environment.gnome.excludePackages = [
    pkgs.gnome-tour
    pkgs.epiphany
    pkgs.geary
  ];

  environment.systemPackages = [ pkgs.gnome-tweaks ];
}
