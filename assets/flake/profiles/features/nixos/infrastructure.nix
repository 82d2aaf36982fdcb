# Looking after other machines from this one. The tools are in profiles/features/infrastructure.nix.
{ pkgs, ... }:
{
  # Images are built and tried without a daemon that has root's rights.
  virtualisation.podman.enable = true;
  virtualisation.containers.enable = true;

  # Hosts of the other architecture are built here too, in emulation.
  boot.binfmt.emulatedSystems =
    if pkgs.stdenv.hostPlatform.isx86_64 then [ "aarch64-linux" ] else [ "x86_64-linux" ];

  environment.systemPackages = [
    pkgs.ethtool
    pkgs.iperf3
    pkgs.mtr
    pkgs.wireguard-tools
  ];
}
