# From a firmware in setup mode to an enforced Secure Boot, without a hand on the machine.
{
  pkgs,
  inputs,
  nixosModules,
  ...
}:
pkgs.testers.runNixOSTest {
  name = "secure-boot";

  nodes.machine = {
    imports = [
      inputs.lanzaboote.nixosModules.lanzaboote
      nixosModules.secure-boot
    ];

    virtualisation = {
      useBootLoader = true;
      useEFIBoot = true;
      useSecureBoot = true;
      tpm.enable = true;
    };
    boot = {
      initrd.systemd.enable = true;
      loader = {
        efi.canTouchEfiVariables = true;
        timeout = 1;
      };
    };
    secureBoot.enable = true;
  };

  testScript = ''
    machine.start(allow_reboot=True)

    with subtest("the first boot makes keys and signs"):
        machine.wait_for_unit("prepare-sb-auto-enroll.service")
        machine.succeed("test -s /var/lib/sbctl/keys/db/db.pem")
        assert "Secure Boot: disabled" in machine.succeed("bootctl status")
        machine.succeed("sbctl verify")

    # The boot loader enrols the keys and starts the machine anew by itself.
    machine.reboot()
    machine.wait_for_unit("multi-user.target")

    with subtest("the firmware enforces the machine's own keys"):
        assert "Secure Boot: enabled (user)" in machine.succeed("bootctl status")
  '';
}
