# The root forgets, /persist and what it names do not, and the last root can still be looked into.
{
  pkgs,
  lib,
  inputs,
  nixosModules,
  ...
}:
pkgs.testers.runNixOSTest {
  name = "impermanence";

  nodes.machine = {
    imports = [
      inputs.impermanence.nixosModules.impermanence
      nixosModules.impermanence
    ];

    boot.initrd.systemd.enable = true;
    virtualisation = {
      emptyDiskImages = [ 512 ];
      fileSystems = {
        "/" = lib.mkForce {
          device = "/dev/vda";
          fsType = "btrfs";
          autoFormat = true;
          options = [ "subvol=@root" ];
        };
        "/persist" = {
          device = "/dev/vdb";
          fsType = "ext4";
          autoFormat = true;
          # The file systems of a test replace those of the module.
          neededForBoot = true;
        };
      };
    };
    # The first boot formats the disk; the subvolume is made after that.
    boot.initrd.systemd.services.rollback-root = {
      requires = [ "systemd-makefs@dev-vda.service" ];
      after = [ "systemd-makefs@dev-vda.service" ];
    };

    ephemeralRoot = {
      enable = true;
      directories = [ "/var/lib/kept" ];
    };
    environment.systemPackages = [ pkgs.btrfs-progs ];
  };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    identity = machine.succeed("cat /etc/machine-id")
    machine.succeed("echo gone > /forgotten; echo stays > /var/lib/kept/file")
    # A subvolume inside the root must not be in the way.
    machine.succeed("btrfs subvolume create /inner")
    machine.shutdown()

    machine.start()
    machine.wait_for_unit("multi-user.target")

    with subtest("what nobody named is gone"):
        machine.fail("test -e /forgotten")

    with subtest("what was named stays"):
        machine.succeed("grep -x stays /var/lib/kept/file")
        assert identity == machine.succeed("cat /etc/machine-id")

    with subtest("the last root can be looked into"):
        machine.succeed("mkdir /top; mount -o subvolid=5 /dev/vda /top")
        machine.succeed("grep -rx gone /top/old-roots/*/forgotten")
  '';
}
