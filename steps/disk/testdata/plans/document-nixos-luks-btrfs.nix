# The disks of this host, for disko: https://github.com/nix-community/disko
#
# Devices are named by what their makers say of them, partitions by their PARTUUID: the kernel's names
# change from boot to boot, and a partition's label may exist twice in one machine.
{
  disko.devices = {
    disk = {
      # What /dev/disk/by-id/nvme-WD_BLACK_SN770_1TB_22391R803456 held before: it is opened, and disko makes nothing where a container is.
      luks-cryptroot = {
        type = "disk";
        device = "/dev/disk/by-partuuid/29f6e4c8-05b1-4a7d-9e38-b3c07d5a1f86";
        destroy = false;
        content = {
          type = "luks";
          name = "cryptroot";
        };
      };
      luks-cryptswap = {
        type = "disk";
        device = "/dev/disk/by-partuuid/e57b3a90-6c1f-4d82-a0e9-2f84d7b6c513";
        destroy = false;
        content = {
          type = "luks";
          name = "cryptswap";
          content = {
            type = "swap";
          };
        };
      };
    };
    nodev = {
      "/" = {
        fsType = "btrfs";
        device = "/dev/mapper/cryptroot";
        mountOptions = [
          "noatime"
          "compress=zstd:1"
          "subvol=@root"
        ];
      };
      "/boot" = {
        fsType = "vfat";
        device = "/dev/disk/by-partuuid/8d02c5f7-3a96-4e1b-b740-c9e51d6f8a23";
        mountOptions = [ "umask=0077" ];
      };
      "/home" = {
        fsType = "btrfs";
        device = "/dev/mapper/cryptroot";
        mountOptions = [
          "noatime"
          "compress=zstd:1"
          "subvol=@home"
        ];
      };
      "/nix" = {
        fsType = "btrfs";
        device = "/dev/mapper/cryptroot";
        mountOptions = [
          "noatime"
          "compress=zstd:1"
          "subvol=@nix"
        ];
      };
      "/swap" = {
        fsType = "btrfs";
        device = "/dev/mapper/cryptroot";
        mountOptions = [
          "noatime"
          "subvol=@swap"
        ];
      };
      "/var/log" = {
        fsType = "btrfs";
        device = "/dev/mapper/cryptroot";
        mountOptions = [
          "noatime"
          "compress=zstd:1"
          "subvol=@log"
        ];
      };
    };
  };
}
