# The disks of this host, for disko: https://github.com/nix-community/disko
#
# Devices are named by what their makers say of them, partitions by their PARTUUID: the kernel's names
# change from boot to boot, and a partition's label may exist twice in one machine.
{
  disko.devices = {
    disk = {
      # Our partitions of /dev/disk/by-id/nvme-Example_W1, which holds other things too: disko must never get it as a whole.
      main-swap = {
        type = "disk";
        device = "/dev/disk/by-partuuid/bf8d40b8-f74e-8db5-a4fe-df2ab670e3d9";
        destroy = false;
        content = {
          type = "swap";
          randomEncryption = true;
        };
      };
      main-cryptroot = {
        type = "disk";
        device = "/dev/disk/by-partuuid/fb7dc05c-1ff6-84a0-af17-1b5c28427b65";
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
    nodev = {
      "/boot" = {
        fsType = "vfat";
        device = "/dev/disk/by-partuuid/11111111-0000-4000-8000-000000000001";
        mountOptions = [ "umask=0077" ];
      };
    };
  };
}
