# Security by kind of machine, on top of hosts/common/security.nix, which every host has.
{ host, ... }:
{
  imports = [
    (
      if host.hostType == "server" then
        ./server.nix
      else if host.hostType == "appliance" then
        ./appliance.nix
      else
        ./workstation.nix
    )
  ];
}
