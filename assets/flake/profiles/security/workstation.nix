# A machine with a person in front of it: security keys work, and what it tells foreign networks is little.
{ pkgs, ... }:
{
  # Smart cards and security keys, for login pages, SSH and GPG.
  services.pcscd.enable = true;
  services.udev.packages = [ pkgs.yubikey-personalization ];

  # The host name is not announced to every network the machine joins.
  networking.networkmanager.connectionConfig = {
    "ipv4.dhcp-send-hostname" = false;
    "ipv6.dhcp-send-hostname" = false;
    # Addresses that change, so that visits cannot be told together.
    "ipv6.ip6-privacy" = 2;
  };
}
