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
            cryptmirror = {
              priority = 2;
              uuid = "a7004e3d-dc5e-89d1-9e5d-07159157dcd0";
              size = "936460M";
              type = "8309";
              content = {
                type = "luks";
                name = "cryptmirror";
                passwordFile = "/run/mnemonix/disk-passphrase";
                settings = {
                  allowDiscards = true;
                  bypassWorkqueues = true;
                };
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
                randomEncryption = true;
              };
            };
            cryptroot = {
              priority = 3;
              uuid = "f5ba8579-1527-86be-b56e-b50bafffa7a9";
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
                  type = "btrfs";
                  extraArgs = [
                    "-d"
                    "raid1"
                    "-m"
                    "raid1"
                    "/dev/mapper/cryptmirror"
                  ];
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
        };
      };
    };
  };
}
