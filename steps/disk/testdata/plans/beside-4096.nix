# The disks of this host, for disko: https://github.com/nix-community/disko
#
# Devices are named by what their makers say of them, partitions by their PARTUUID: the kernel's names
# change from boot to boot, and a partition's label may exist twice in one machine.
{
  disko.devices = {
    disk = {
      # Our partitions of /dev/disk/by-id/nvme-Example_W1, which holds other things too: disko must never get it as a whole.
      main-ESP = {
        type = "disk";
        device = "/dev/disk/by-partuuid/47e02805-f513-8c87-bf9d-1cd5b1a4ae81";
        destroy = false;
        content = {
          type = "filesystem";
          format = "vfat";
          extraArgs = [
            "-F"
            "32"
          ];
          mountpoint = "/boot";
          mountOptions = [ "umask=0077" ];
        };
      };
      main-swap = {
        type = "disk";
        device = "/dev/disk/by-partuuid/743c61e4-09c3-8e6c-830b-ebcfb4d4fc7e";
        destroy = false;
        content = {
          type = "swap";
          randomEncryption = true;
        };
      };
      main-cryptroot = {
        type = "disk";
        device = "/dev/disk/by-partuuid/9051e89f-38f8-8659-b092-f8dd0acba83b";
        destroy = false;
        content = {
          type = "luks";
          name = "cryptroot";
          passwordFile = "/run/mnemonix/disk-passphrase";
          settings = {
            allowDiscards = true;
            bypassWorkqueues = true;
          };
          content = {
            type = "btrfs";
            subvolumes = {
              "@root" = {
                mountpoint = "/";
                mountOptions = [
                  "compress=zstd:1"
                  "noatime"
                ];
              };
              "@home" = {
                mountpoint = "/home";
                mountOptions = [
                  "compress=zstd:1"
                  "noatime"
                ];
              };
              "@nix" = {
                mountpoint = "/nix";
                mountOptions = [
                  "compress=zstd:1"
                  "noatime"
                ];
              };
              "@persist" = {
                mountpoint = "/persist";
                mountOptions = [
                  "compress=zstd:1"
                  "noatime"
                ];
              };
              "@log" = {
                mountpoint = "/var/log";
                mountOptions = [
                  "compress=zstd:1"
                  "noatime"
                ];
              };
              "@snapshots" = {
                mountpoint = "/.snapshots";
                mountOptions = [
                  "compress=zstd:1"
                  "noatime"
                ];
              };
            };
          };
        };
      };
    };
  };
}
