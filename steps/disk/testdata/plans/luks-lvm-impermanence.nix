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
            cryptroot = {
              priority = 2;
              uuid = "23303aae-02cd-8be9-a1d7-ec3035dff6a7";
              size = "100%";
              type = "8309";
              content = {
                type = "luks";
                name = "cryptroot";
                passwordFile = "/run/mnemonix/disk-passphrase";
                settings = {
                  allowDiscards = true;
                  bypassWorkqueues = true;
                };
                content = {
                  type = "lvm_pv";
                  vg = "system";
                };
              };
            };
          };
        };
      };
    };
    lvm_vg = {
      system = {
        type = "lvm_vg";
        lvs = {
          nix = {
            size = "64G";
            content = {
              type = "filesystem";
              format = "ext4";
              mountpoint = "/nix";
              mountOptions = [ "noatime" ];
            };
          };
          persist = {
            size = "100%";
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
