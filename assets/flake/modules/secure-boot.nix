# Secure Boot with the machine's own keys: lanzaboote makes one signed image of kernel, initrd and command line
# of each generation, and the firmware starts nothing that is not signed.
#
# A machine gets there by itself, in three boots: the first makes keys (or finds those that the installer
# made) and signs, the second enrols them if the firmware is in setup mode, the third enforces them.
#
# Needs the module of lanzaboote beside it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.secureBoot;
in
{
  options.secureBoot = {
    enable = lib.mkEnableOption "Secure Boot with keys of this machine";

    pkiBundle = lib.mkOption {
      type = lib.types.path;
      default = "/var/lib/sbctl";
      description = "Where the keys are. With an ephemeral root, a folder of the persistent file system.";
    };

    enrollKeys = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Whether the firmware gets the keys by itself when it is in setup mode. Nothing happens in any other
        mode: putting the firmware into setup mode is the consent.
      '';
    };

    microsoftKeys = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Whether Microsoft's keys are enrolled as well. Graphics cards and network adapters carry drivers that
        are signed with them, and a machine that refuses those may not start: switch this off only on hardware
        that is known to do without.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !config.boot.loader.systemd-boot.enable && !config.boot.loader.grub.enable;
        message = "secureBoot.enable: lanzaboote is the boot loader; switch boot.loader.systemd-boot and boot.loader.grub off.";
      }
      {
        assertion = pkgs.stdenv.hostPlatform.isEfi;
        message = "secureBoot.enable: Secure Boot is a thing of UEFI firmware, which ${pkgs.stdenv.hostPlatform.system} does not have.";
      }
    ];

    boot = {
      loader.systemd-boot.enable = lib.mkForce false;
      lanzaboote = {
        enable = true;
        inherit (cfg) pkiBundle;
        autoGenerateKeys.enable = true;
        autoEnrollKeys = {
          enable = cfg.enrollKeys;
          includeMicrosoftKeys = cfg.microsoftKeys;
          # Without Microsoft's keys the firmware must be told that this is meant.
          allowBrickingMyMachine = !cfg.microsoftKeys;
        };
      };
    };

    # `sbctl status`, `sbctl verify`.
    environment.systemPackages = [ pkgs.sbctl ];
  };
}
