# Guests: libvirt answers with its default network up, Podman runs a container without root, and what does not
# fit together is refused in a sentence.
{
  pkgs,
  lib,
  nixosModules,
  ...
}:
let
  image = pkgs.dockerTools.buildImage {
    name = "hello";
    tag = "test";
    copyToRoot = pkgs.busybox;
    config.Cmd = [
      "/bin/busybox"
      "echo"
      "from a container"
    ];
  };

  # The sentences of the assertions that fail for a configuration.
  complaintsOf =
    configuration:
    map (check: check.message) (
      lib.filter (check: !check.assertion)
        (import "${pkgs.path}/nixos/lib/eval-config.nix" {
          system = null;
          modules = [
            nixosModules.virtualization
            {
              nixpkgs.pkgs = pkgs;
              boot.loader.grub.enable = false;
              fileSystems."/".device = "none";
              fileSystems."/".fsType = "tmpfs";
              system.stateVersion = "25.11";
            }
            configuration
          ];
        }).config.assertions
    );
  refused = wanted: configuration: lib.any (lib.hasInfix wanted) (complaintsOf configuration);
in
assert refused "virtualization.enable is false" { virtualization.podman = true; };
assert refused "no guests to have it" {
  virtualization = {
    enable = true;
    gpuPassthrough = [ "10de:2684" ];
  };
};
assert refused "Wayland session" {
  virtualization = {
    enable = true;
    waydroid = true;
  };
};
assert refused "host module" {
  virtualization = {
    enable = true;
    microvm = true;
  };
};
pkgs.testers.runNixOSTest {
  name = "virtualization";

  nodes.machine = {
    imports = [ nixosModules.virtualization ];

    users.users.alice = {
      isNormalUser = true;
      extraGroups = [ "wheel" ];
      linger = true;
    };

    virtualization = {
      enable = true;
      libvirt = true;
      podman = true;
    };
    networking.nftables.enable = true;

    virtualisation = {
      memorySize = 2048;
      diskSize = 4096;
    };
  };

  testScript = ''
    machine.wait_for_unit("multi-user.target")

    with subtest("the default network of libvirt is up, also after a second start of the unit"):
        machine.wait_for_unit("libvirt-default-network.service")
        machine.succeed("virsh --connect qemu:///system net-list --name | grep --line-regexp default")
        machine.succeed("systemctl restart libvirt-default-network.service")

    with subtest("the operator needs no password for guests"):
        machine.succeed("su alice -c 'virsh --connect qemu:///system list --all'")

    with subtest("a guest can have a TPM"):
        machine.succeed("su alice -c 'virsh --connect qemu:///system domcapabilities' | grep --quiet 'tpm.*yes'")

    with subtest("a container runs without root"):
        machine.succeed("su - alice -c 'podman load --input ${image}'")
        output = machine.succeed("su - alice -c 'podman run --rm --network=none localhost/hello:test'")
        assert "from a container" in output
        machine.succeed("docker --version")
  '';
}
