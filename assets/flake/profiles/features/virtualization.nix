# The home's side of guests: the window for virtual machines knows the system's libvirt at its first start.
{ lib, host, ... }:
lib.mkIf (host.desktop != "none") {
  dconf.settings."org/virt-manager/virt-manager/connections" = {
    autoconnect = [ "qemu:///system" ];
    uris = [ "qemu:///system" ];
  };
}
