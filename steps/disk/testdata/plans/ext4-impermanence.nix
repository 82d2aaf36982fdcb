# The disks of this host, for disko: https://github.com/nix-community/disko
#
# Devices are named by what their makers say of them, partitions by their PARTUUID: the kernel's names
# change from boot to boot, and a partition's label may exist twice in one machine.
{
  disko.devices = {
    disk = {
      main = {
        type = "disk";
        device = "/dev/disk/by-id/nvme-Example_S1";
        content = {
          type = "gpt";
          partitions = {
            ESP = {
              priority = 1;
              uuid = "4b288d15-fdbb-85a5-be33-968756fc91d0";
              size = "1G";
              type = "EF00";
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
            nix = {
              priority = 2;
              uuid = "b3288f2c-24fc-8a27-a376-3650fd3d641f";
              size = "64G";
              type = "8300";
              content = {
                type = "filesystem";
                format = "ext4";
                mountpoint = "/nix";
                mountOptions = [ "noatime" ];
              };
            };
            persist = {
              priority = 3;
              uuid = "a074bad8-9068-8524-a5d0-60ddf86110d7";
              size = "100%";
              type = "8300";
              content = {
                type = "filesystem";
                format = "ext4";
                mountpoint = "/persist";
                mountOptions = [ "noatime" ];
              };
            };
          };
        };
      };
    };
    nodev = {
      "/" = {
        fsType = "tmpfs";
        device = "tmpfs";
        mountOptions = [
          "size=25%"
          "mode=755"
        ];
      };
    };
  };
}
