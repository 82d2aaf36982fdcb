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
                  type = "zfs";
                  pool = "rpool";
                };
              };
            };
          };
        };
      };
    };
    zpool = {
      rpool = {
        type = "zpool";
        options = {
          ashift = "12";
          autotrim = "on";
        };
        rootFsOptions = {
          acltype = "posixacl";
          atime = "off";
          canmount = "off";
          compression = "zstd";
          dnodesize = "auto";
          mountpoint = "none";
          normalization = "formD";
          xattr = "sa";
        };
        datasets = {
          home = {
            type = "zfs_fs";
            mountpoint = "/home";
            options = {
              mountpoint = "legacy";
            };
          };
          nix = {
            type = "zfs_fs";
            mountpoint = "/nix";
            options = {
              mountpoint = "legacy";
            };
          };
          persist = {
            type = "zfs_fs";
            mountpoint = "/persist";
            options = {
              mountpoint = "legacy";
            };
          };
          log = {
            type = "zfs_fs";
            mountpoint = "/var/log";
            options = {
              mountpoint = "legacy";
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
