# Nix itself, language and clock, firmware, and the few programs that no machine should miss.
{
  lib,
  pkgs,
  inputs,
  host,
  ...
}:
{
  nix = {
    settings = {
      experimental-features = [
        "nix-command"
        "flakes"
      ];
      trusted-users = [ "@wheel" ];
      auto-optimise-store = true;
      # A build that fills the disk stops here and frees what nothing refers to.
      min-free = 1024 * 1024 * 1024;
      max-free = 5 * 1024 * 1024 * 1024;
    };
    gc = {
      automatic = true;
      dates = "weekly";
      options = "--delete-older-than 30d";
    };
    # There are no channels: `nix shell nixpkgs#NAME` means the nixpkgs that built this system.
    channel.enable = false;
    registry.nixpkgs.flake = inputs.stable-nixpkgs;
    nixPath = [ "nixpkgs=flake:nixpkgs" ];
  };

  time.timeZone = host.locale.timezone;
  i18n = {
    defaultLocale = host.locale.language;
    # English stays at hand for messages that one wants to search for.
    extraLocales = [ "en_US.UTF-8/UTF-8" ];
  };
  console = {
    keyMap = host.locale.keymap;
    # The keyboard is right before a disk passphrase is typed.
    earlySetup = true;
  };
  services = {
    xserver.xkb.layout = host.locale.xkbLayout;
    fwupd.enable = lib.mkDefault true;
    fstrim.enable = true;
  };
  hardware.enableRedistributableFirmware = true;

  environment.systemPackages = [
    pkgs.git
    pkgs.vim
    pkgs.curl
    pkgs.pciutils
    pkgs.usbutils
    pkgs.sops
  ];
  programs.git.enable = true;

  system.stateVersion = host.stateVersion;
}
