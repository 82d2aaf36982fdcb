# The disks of this host, for disko: https://github.com/nix-community/disko
#
# Devices are named by what their makers say of them, partitions by their PARTUUID: the kernel's names
# change from boot to boot, and a partition's label may exist twice in one machine.
{
  disko.devices = {
    disk = {
      # What /dev/disk/by-id/nvme-Example_D1 held before: it is opened, and disko makes nothing where a container is.
      luks-cryptroot = {
        type = "disk";
        device = "/dev/disk/by-partuuid/22222222-0000-4000-8000-00000000000b";
        destroy = false;
        content = {
          type = "luks";
          name = "cryptroot";
        };
      };
    };
    nodev = {
      "/" = {
        fsType = "zfs";
        device = "rpool/root";
      };
      "/home" = {
        fsType = "zfs";
        device = "rpool/home";
        mountOptions = [ "zfsutil" ];
      };
      "/boot" = {
        fsType = "vfat";
        device = "/dev/disk/by-partuuid/22222222-0000-4000-8000-00000000000a";
        mountOptions = [
          "fmask=0022"
          "dmask=0022"
        ];
      };
    };
  };
}
