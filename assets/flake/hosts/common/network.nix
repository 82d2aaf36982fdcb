# NetworkManager everywhere, and the Wi-Fi networks that were known when the machine was installed. Their
# passphrases are secrets (wifi/NAME); NetworkManager asks for them over its agent, so that they are in no
# file but the decrypted secret.
{
  config,
  lib,
  host,
  operator,
  ...
}:
let
  networks = lib.optionals config.hostSecrets.available host.network.wifi;
in
{
  networking.networkmanager.enable = true;

  networking.networkmanager.ensureProfiles = lib.mkIf (networks != [ ]) {
    profiles = lib.genAttrs networks (ssid: {
      connection = {
        id = ssid;
        type = "wifi";
      };
      wifi = {
        inherit ssid;
        mode = "infrastructure";
      };
      wifi-security = {
        key-mgmt = "wpa-psk";
        # 1: the secret comes from an agent.
        psk-flags = 1;
      };
      ipv4.method = "auto";
      ipv6.method = "auto";
    });
    secrets.entries = map (ssid: {
      matchId = ssid;
      matchType = "802-11-wireless";
      matchSetting = "802-11-wireless-security";
      key = "psk";
      file = config.sops.secrets."wifi/${ssid}".path;
    }) networks;
  };

  sops.secrets = lib.genAttrs (map (ssid: "wifi/${ssid}") networks) (_: { });

  users.users = lib.mkIf (operator != null) {
    ${operator}.extraGroups = [ "networkmanager" ];
  };
}
