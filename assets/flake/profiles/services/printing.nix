# Printers that are found on the network work without a driver (IPP Everywhere).
{ lib, host, ... }:
lib.mkIf (host.desktop != "none") {
  services.printing.enable = true;
  services.avahi = {
    enable = true;
    nssmdns4 = true;
    # Looking for printers needs mDNS answers to come in; nothing is announced.
    openFirewall = true;
    publish.enable = false;
  };
}
