# Games: Steam with Proton, a compositor of their own when wanted, and controllers.
{
  lib,
  host,
  ...
}:
lib.mkIf (host.system == "x86_64-linux") {
  programs = {
    steam = {
      enable = true;
      # Streaming to another device in the house opens its ports only here.
      remotePlay.openFirewall = lib.mkDefault false;
      localNetworkGameTransfers.openFirewall = lib.mkDefault false;
      gamescopeSession.enable = true;
    };
    gamescope.enable = true;
    # Games ask for the processor's full speed while they run, and give it back.
    gamemode.enable = true;
  };
  users.groups.gamemode.members = lib.attrNames host.users;

  hardware.graphics = {
    enable = true;
    # Half of the games and all of Steam are 32-bit programs.
    enable32Bit = true;
  };

  # Xbox controllers over Bluetooth; the others need no driver.
  hardware.xpadneo.enable = host.desktop != "none";
}
