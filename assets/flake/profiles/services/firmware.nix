# Firmware updates from the vendors' own service (LVFS). Nothing is installed without being asked for.
{ lib, host, ... }:
lib.mkIf (host.hostType != "appliance") {
  services.fwupd.enable = true;
  hardware.enableRedistributableFirmware = true;
}
