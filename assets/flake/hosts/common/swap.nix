# Swap, as host.disk.swap says:
#
#   partition  disko.nix declares it. On an encrypted disk it lies inside LUKS, where the machine can hibernate
#              to it, or is encrypted with a new random key at every boot, and then it cannot.
#   file       made here, on the root file system (with impermanence: on /persist).
#   zram       compressed memory; nothing is ever written to a disk.
#   none       nothing.
{
  config,
  lib,
  host,
  ...
}:
let
  inherit (host.disk) swap;
  sizes = import ../../lib/sizes.nix { inherit lib; };
in
{
  swapDevices = lib.mkIf (swap.kind == "file") [
    {
      device = if host.disk.impermanence then "/persist/swap/swapfile" else "/swap/swapfile";
      size = sizes.toMebibytes (swap.size or "4GiB");
    }
  ];

  zramSwap = lib.mkIf (swap.kind == "zram") {
    enable = true;
    algorithm = "zstd";
    memoryPercent = 50;
  };

  # Swapping to memory is cheap, so do it early and page by page (kernel documentation, sysctl/vm).
  boot.kernel.sysctl = lib.mkIf (swap.kind == "zram") {
    "vm.swappiness" = 180;
    "vm.page-cluster" = 0;
  };

  # A desktop offers hibernation whenever it finds swap. Where there is nothing to resume from, it would be
  # the same as cutting the power.
  environment.etc = lib.mkIf (config.boot.resumeDevice == "") {
    "systemd/sleep.conf.d/50-hibernation.conf".text = ''
      [Sleep]
      AllowHibernation=no
      AllowSuspendThenHibernate=no
      AllowHybridSleep=no
    '';
  };
}
