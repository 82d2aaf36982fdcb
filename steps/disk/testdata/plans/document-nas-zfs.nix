# The disks of this host, for disko: https://github.com/nix-community/disko
#
# Devices are named by what their makers say of them, partitions by their PARTUUID: the kernel's names
# change from boot to boot, and a partition's label may exist twice in one machine.
{
  disko.devices = {
    nodev = {
      "/" = {
        fsType = "ext4";
        device = "/dev/disk/by-uuid/05c8d7f1-e34a-4b96-8f20-a1d9c6e57b38";
      };
      "/boot" = {
        fsType = "vfat";
        device = "/dev/disk/by-partuuid/c0ffee10-47a8-4b2d-93e1-5f60718293a4";
        mountOptions = [ "umask=0077" ];
      };
      "/boot-mirror" = {
        fsType = "vfat";
        device = "/dev/disk/by-partuuid/c0ffee11-47a8-4b2d-93e1-5f60718293a5";
        mountOptions = [ "umask=0077" ];
      };
      "/home" = {
        fsType = "zfs";
        device = "tank/home";
      };
      "/srv/media" = {
        fsType = "zfs";
        device = "tank/media";
        mountOptions = [ "zfsutil" ];
      };
    };
  };
}
