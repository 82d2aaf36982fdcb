# The disks of this host, for disko: https://github.com/nix-community/disko
#
# Devices are named by what their makers say of them, partitions by their PARTUUID: the kernel's names
# change from boot to boot, and a partition's label may exist twice in one machine.
{
  disko.devices = {
    disk = {
      swap-vg0-swap = {
        type = "disk";
        device = "/dev/mapper/vg0-swap";
        destroy = false;
        content = {
          type = "swap";
        };
      };
    };
    nodev = {
      "/" = {
        fsType = "ext4";
        device = "/dev/mapper/vg0-root";
      };
      "/boot/efi" = {
        fsType = "vfat";
        device = "/dev/disk/by-partuuid/e0c5a7d9-2f31-4b86-9d0e-61f4b8a3c752";
        mountOptions = [ "umask=0077" ];
      };
      "/srv" = {
        fsType = "xfs";
        device = "/dev/mapper/vg1-data";
      };
    };
  };
}
