# NetworkManager where somebody sits or a radio is used, and the Wi-Fi networks that the host knows.
#
# The profiles hold no password. NetworkManager asks a small agent for it, which reads the file that
# sops-nix decrypted: so the password is neither in the store nor in /etc, and may hold any character.
{
  config,
  lib,
  host,
  ...
}:
let
  networks = host.network.wifi or [ ];
  secretsFile = ../../secrets + "/${host.keyName}.yaml";
  hasSecrets = builtins.pathExists secretsFile;

  # A profile without a stored password: the first connection asks for it.
  profileOf = ssid: {
    connection = {
      id = ssid;
      type = "wifi";
    };
    wifi = {
      mode = "infrastructure";
      inherit ssid;
    };
    wifi-security = {
      key-mgmt = "wpa-psk";
      # 1: the secret belongs to an agent, it is not part of the profile.
      psk-flags = 1;
    };
    ipv4.method = "auto";
    ipv6.method = "auto";
  };
in
{
  networking.networkmanager = lib.mkIf (host.desktop != "none" || networks != [ ]) {
    enable = true;
    # Another hardware address at each scan: a café does not recognise the machine before it joins.
    wifi.scanRandMacAddress = true;

    ensureProfiles = {
      profiles = lib.genAttrs networks profileOf;
      secrets.entries = lib.optionals hasSecrets (
        map (ssid: {
          matchId = ssid;
          matchType = "802-11-wireless";
          matchSetting = "802-11-wireless-security";
          key = "psk";
          file = config.sops.secrets."wifi/${ssid}".path;
        }) networks
      );
    };
  };

  sops.secrets = lib.mkIf hasSecrets (
    lib.genAttrs (map (ssid: "wifi/${ssid}") networks) (_: { sopsFile = secretsFile; })
  );
}
