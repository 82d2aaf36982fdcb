# The TPM: access to it, the SSH host key inside it, the disk that it unlocks, and its place in the initrd.
#
# A TPM can be cleared by a firmware update or a new mainboard. Nothing here may lock anyone out then: the
# disk asks for its passphrase, the last good password hashes still log in (modules/sops.nix), and SSH comes
# up with a temporary host key until the keys are enrolled again.
{
  config,
  lib,
  pkgs,
  host,
  ...
}:
let
  inherit (config.diskUnlock) byTpm;
  used = cfg.enable || host.tpm.operatorKeys || byTpm;

  cfg = config.hostKeyAgent;
  sshDirectory = if host.disk.impermanence then "/persist/etc/ssh" else "/etc/ssh";
  fallback = "/run/ssh-host-key-fallback";

  luksTpmEnrol = pkgs.writeShellApplication {
    name = "luks-tpm-enrol";
    runtimeInputs = [
      config.systemd.package
      pkgs.coreutils
      pkgs.cryptsetup
      pkgs.gnugrep
      pkgs.util-linux
    ];
    runtimeEnv = {
      LUKS_DEVICE = config.boot.initrd.luks.devices.cryptroot.device;
      LUKS_NAME = "cryptroot";
      UNLOCK = host.boot.unlock;
      LOADER = host.boot.loader;
      STATE = config.hostSecrets.stateDirectory;
    };
    text = builtins.readFile ./luks-tpm-enrol.sh;
  };
in
{
  options.diskUnlock.byTpm = lib.mkOption {
    type = lib.types.bool;
    default = lib.hasPrefix "tpm" host.boot.unlock;
    description = "Whether the TPM unlocks the disk. Images of the host switch it off.";
  };

  options.hostKeyAgent = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = host.tpm.keys;
      description = "Whether the SSH host key is in the TPM. Images of the host switch it off.";
    };
    socket = lib.mkOption {
      type = lib.types.path;
      default = "/run/ssh-tpm-agent.sock";
      readOnly = true;
      description = "The socket on which the agent serves the SSH host key. Only root can open it.";
    };
    keyDirectory = lib.mkOption {
      type = lib.types.path;
      default = sshDirectory;
      readOnly = true;
      description = "The folder whose *.tpm files the agent offers: the host key and nothing else.";
    };
    publicKeyFile = lib.mkOption {
      type = lib.types.path;
      default = "${cfg.keyDirectory}/ssh_tpm_host_ecdsa_key.pub";
      readOnly = true;
      description = "The public part of the SSH host key.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf used {
      security.tpm2 = {
        enable = true;
        # Programs reach the TPM through the kernel's resource manager, as members of the group tss.
        tctiEnvironment.enable = true;
      };

      environment.systemPackages = [
        pkgs.tpm2-tools
        pkgs.age-plugin-tpm
        pkgs.ssh-tpm-agent
      ];
    })

    # Secrets are decrypted while the initrd activates the system, so the TPM must be there by then; units of
    # the running system would come too late. Without a TPM the boot goes on after the time-out.
    (lib.mkIf (config.hostSecrets.available && config.hostSecrets.tpm) {
      boot.initrd = {
        services.udev.rules = ''
          SUBSYSTEM=="tpmrm", KERNEL=="tpmrm0", TAG+="systemd"
        '';
        systemd = {
          tpm2.enable = true;
          services.initrd-nixos-activation = {
            wants = [ "dev-tpmrm0.device" ];
            after = [ "dev-tpmrm0.device" ];
          };
          units."dev-tpmrm0.device" = {
            overrideStrategy = "asDropin";
            text = ''
              [Unit]
              JobTimeoutSec=15s
            '';
          };
        };
      };
    })

    # The SSH host key never leaves the TPM: sshd signs through an agent.
    (lib.mkIf (cfg.enable && config.services.openssh.enable) {
      services.openssh = {
        # No key files of its own.
        hostKeys = [ ];
        # Before any Match block of others, in which these lines would not be allowed.
        extraConfig = lib.mkBefore ''
          HostKeyAgent ${cfg.socket}
          HostKey ${cfg.publicKeyFile}
          Include ${fallback}/*.conf
        '';
      };

      systemd.services.ssh-host-key-check = {
        description = "Check that the SSH host key in the TPM can sign";
        before = [ "sshd.service" ];
        requiredBy = [ "sshd.service" ];
        after = [ "ssh-tpm-agent.socket" ];
        requires = [ "ssh-tpm-agent.socket" ];
        path = [ config.programs.ssh.package ];
        environment.SSH_AUTH_SOCK = cfg.socket;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          RuntimeDirectory = baseNameOf fallback;
          RuntimeDirectoryMode = "0700";
        };
        script = ''
          if ssh-add -q -T ${cfg.publicKeyFile}; then
            exit 0
          fi
          echo "<3>the SSH host key in the TPM does not sign (was the TPM cleared?): using a temporary key until it is enrolled again; clients will warn that the host key changed" >&2
          ssh-keygen -q -t ed25519 -N "" -C temporary -f ${fallback}/ssh_host_ed25519_key
          echo "HostKey ${fallback}/ssh_host_ed25519_key" > ${fallback}/host-key.conf
        '';
      };
    })

    # Without a TPM the host key is a file, made from the words when the machine was installed.
    (lib.mkIf (!host.tpm.keys && config.services.openssh.enable) {
      services.openssh.hostKeys = lib.mkDefault [
        {
          type = "ecdsa";
          path = "${sshDirectory}/ssh_host_ecdsa_key";
        }
      ];
    })

    (lib.mkIf cfg.enable {
      systemd = {
        sockets.ssh-tpm-agent = {
          description = "SSH agent for the host key in the TPM";
          wantedBy = [ "sockets.target" ];
          socketConfig = {
            ListenStream = cfg.socket;
            SocketMode = "0600";
          };
        };
        services.ssh-tpm-agent = {
          description = "SSH agent for the host key in the TPM";
          documentation = [ "https://github.com/Foxboron/ssh-tpm-agent" ];
          requires = [ "ssh-tpm-agent.socket" ];
          wants = [ "dev-tpmrm0.device" ];
          after = [
            "ssh-tpm-agent.socket"
            "dev-tpmrm0.device"
          ];
          environment.SSH_TPM_AUTH_SOCK = cfg.socket;
          serviceConfig = {
            ExecStart = "${lib.getExe pkgs.ssh-tpm-agent} --key-dir ${cfg.keyDirectory}";
            Restart = "on-failure";
            SuccessExitStatus = 2;
            # It needs the key files, its socket and the TPM; nothing else.
            DevicePolicy = "closed";
            DeviceAllow = [ "/dev/tpmrm0 rw" ];
            ProtectSystem = "strict";
            ProtectHome = true;
            PrivateTmp = true;
            PrivateNetwork = true;
            NoNewPrivileges = true;
            MemoryDenyWriteExecute = true;
            RestrictAddressFamilies = "AF_UNIX";
            ProtectKernelModules = true;
            ProtectKernelTunables = true;
            ProtectControlGroups = true;
          };
        };
        units."dev-tpmrm0.device" = {
          overrideStrategy = "asDropin";
          text = ''
            [Unit]
            JobTimeoutSec=15s
          '';
        };
      };
    })

    # The disk. The seal is made on the first boot that deserves it, by luks-tpm-enrol.sh, which says why;
    # until then, and whenever the TPM refuses, the passphrase is asked for.
    (lib.mkIf byTpm {
      boot.initrd.luks.devices.cryptroot.crypttabExtraOpts = [
        "tpm2-device=auto"
        # PCR 15 tells whether the encrypted root has been opened; the seal wants it untouched.
        "tpm2-measure-pcr=yes"
      ];

      environment.systemPackages = [ luksTpmEnrol ];

      systemd.services.luks-tpm-enrol = {
        description = "Let the TPM unlock the disk from the next boot on";
        wantedBy = [ "multi-user.target" ];
        wants = [ "dev-tpmrm0.device" ];
        after = [ "dev-tpmrm0.device" ];
        # The questions appear on the console, before a login screen covers it.
        before = [
          "display-manager.service"
          "getty@tty1.service"
          "serial-getty@ttyS0.service"
        ];
        unitConfig.ConditionPathExists = "!${config.hostSecrets.stateDirectory}/luks-tpm-enrolled";
        serviceConfig = {
          Type = "oneshot";
          ExecStart = "${lib.getExe luksTpmEnrol} --boot";
          # The passphrase that was typed in the initrd is still in root's keyring for a moment.
          KeyringMode = "shared";
          TimeoutStartSec = "15min";
          UMask = "0077";
        };
      };
    })
  ];
}
