# Nix itself, language and clock, network, and the few programs that no machine should miss.
{
  pkgs,
  host,
  inputs,
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
    };
    gc = {
      automatic = true;
      dates = "weekly";
      options = "--delete-older-than 30d";
    };
    # This flake's nixpkgs is what `nix shell nixpkgs#...` means on the machine; there are no channels.
    channel.enable = false;
    registry.nixpkgs.flake = inputs.stable-nixpkgs;
  };

  time.timeZone = host.locale.timezone;
  i18n.defaultLocale = host.locale.language;
  console.keyMap = host.locale.keymap;
  services.xserver.xkb.layout = host.locale.xkbLayout;

  environment.systemPackages = [
    pkgs.git
    pkgs.vim
  ];

  system.stateVersion = host.stateVersion;
}
