# The disks of this host, for disko: https://github.com/nix-community/disko
#
# Devices are named by what their makers say of them, partitions by their PARTUUID: the kernel's names
# change from boot to boot, and a partition's label may exist twice in one machine.
{
  disko.devices = {
    disk = {
      # Our partitions of /dev/disk/by-id/nvme-Example_D1, which holds other things too: disko must never get it as a whole.
      swap-22222222-0000-4000-8000-000000000003 = {
        type = "disk";
        device = "/dev/disk/by-partuuid/22222222-0000-4000-8000-000000000003";
        destroy = false;
        content = {
          type = "swap";
        };
      };
    };
    nodev = {
      "/" = {
        fsType = "ext4";
        device = "/dev/disk/by-partuuid/22222222-0000-4000-8000-000000000002";
      };
      "/boot" = {
        fsType = "vfat";
        device = "/dev/disk/by-partuuid/22222222-0000-4000-8000-000000000001";
        mountOptions = [ "umask=0077" ];
      };
    };
  };
}
