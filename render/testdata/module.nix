# Host snix.
#
# What the operator chose stands in answers.yaml.
{ ... }:
{
  imports = [
    ./hardware-configuration.nix
    ./disko.nix
    ../common
  ];
  travelRouter = {
    enable = true;
    apInterface = "wlp3s0";
    ssid = "Road \"\${x}\"";
  };
  users = [ ];
  # inside the LUKS container
  swapDevices = [
    {
      device = "/dev/mapper/swap";
    }
  ];
}
