# The disks of this host, for disko: https://github.com/nix-community/disko
#
# Devices are named by what their makers say of them, partitions by their PARTUUID: the kernel's names
# change from boot to boot, and a partition's label may exist twice in one machine.
{
  disko.devices = {
    disk = {
      copy = {
        type = "disk";
        device = "/dev/disk/by-id/nvme-Example_S2";
        content = {
          type = "gpt";
          partitions = {
            ESP = {
              priority = 1;
              uuid = "a99e5523-aa4e-8fc2-bfe3-e77d444c5486";
              size = "1G";
              type = "EF00";
              content = {
                type = "filesystem";
                format = "vfat";
                extraArgs = [
                  "-F"
                  "32"
                ];
                mountpoint = "/boot-mirror";
                mountOptions = [ "umask=0077" ];
              };
            };
            raid = {
              priority = 2;
              uuid = "0829f7f8-ed9c-824e-a313-f7fc10295b8f";
              size = "936460M";
              type = "FD00";
              content = {
                type = "mdraid";
                name = "root";
              };
            };
          };
        };
      };
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
            swap = {
              priority = 2;
              uuid = "53b21421-569b-80dc-8bee-dd84a35759d9";
              size = "16G";
              type = "8200";
              content = {
                type = "swap";
              };
            };
            raid = {
              priority = 3;
              uuid = "3ab94986-ad8f-824d-8533-cc58caad44df";
              size = "100%";
              type = "FD00";
              content = {
                type = "mdraid";
                name = "root";
              };
            };
          };
        };
      };
    };
    mdadm = {
      root = {
        type = "mdadm";
        level = 1;
        metadata = "1.2";
        content = {
          type = "filesystem";
          format = "ext4";
          mountpoint = "/";
          mountOptions = [ "noatime" ];
        };
      };
    };
  };
}
