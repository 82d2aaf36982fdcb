# What a person needs who installs or repairs a machine of this flake, for the installer and the recovery
# medium. The mnemonix program comes in as a file: images/bin/mnemonix-SYSTEM, statically linked, as
# `mnemonix iso` puts it there. Without it the medium still builds, and says what it lacks.
#
# Both media are NixOS' own installation CD with this added; nothing on them is secret.
{
  lib,
  pkgs,
  inputs,
  ...
}:
let
  inherit (pkgs.stdenv.hostPlatform) system;
  binary = ./bin + "/mnemonix-${system}";
  lock = ../flake.lock;

  mnemonix =
    if lib.pathExists binary then
      pkgs.runCommand "mnemonix" { meta.mainProgram = "mnemonix"; } ''
        install -D -m 0755 ${binary} $out/bin/mnemonix
      ''
    else
      pkgs.writeShellApplication {
        name = "mnemonix";
        text = ''
          echo "This medium was built without mnemonix: images/bin/mnemonix-${system} was missing." >&2
          echo "'mnemonix iso --out FILE' builds one with it. All other tools are here." >&2
          exit 3
        '';
      };
in
{
  environment = {
    systemPackages = [
      mnemonix
      inputs.disko.packages.${system}.disko

      # Secrets and keys.
      pkgs.sops
      pkgs.age
      pkgs.age-plugin-tpm
      pkgs.ssh-tpm-agent
      pkgs.tpm2-tools
      pkgs.sbctl

      # Disks.
      pkgs.btrfs-progs
      pkgs.cryptsetup
      pkgs.dosfstools
      pkgs.gptfdisk
      pkgs.lvm2
      pkgs.mdadm
      pkgs.xfsprogs

      # Flakes come from git, over whatever network there is.
      pkgs.git
      pkgs.jq
      pkgs.rsync
      pkgs.tmux
    ];

    etc = {
      # The versions that this medium was built from are the ones that it installs.
      "mnemonix/flake.lock" = lib.mkIf (lib.pathExists lock) { source = lock; };
    };
  };

  nix.settings.experimental-features = [
    "nix-command"
    "flakes"
  ];

  # The manual and a second copy of nixpkgs as a channel would be most of what is built here.
  documentation = {
    enable = lib.mkOverride 40 false;
    nixos.enable = lib.mkOverride 40 false;
  };
  system.installer.channel.enable = false;

  boot = {
    kernelParams = [
      "console=tty0"
      "console=${if pkgs.stdenv.hostPlatform.isAarch64 then "ttyAMA0" else "ttyS0"},115200n8"
    ];
    # OpenZFS warns about importing by force; nothing here boots from ZFS.
    zfs.forceImportRoot = false;
  };

  # Nobody reaches this machine over the network unless the person in front of it asks: `systemctl start sshd`,
  # or systemd.wants=sshd.service added to the line of the boot menu.
  systemd.services.sshd.wantedBy = lib.mkForce [ ];
  services = {
    openssh.settings = {
      PermitRootLogin = lib.mkForce "prohibit-password";
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
    };
    getty = {
      # Root, on the first console and on the serial one.
      autologinUser = lib.mkForce "root";
      helpLine = lib.mkForce ''
        The root account has no password here, and nobody can sign in over the network.
        To let yourself in: put a public key into /root/.ssh/authorized_keys, then 'systemctl start sshd'.
        'nmtui' joins a network.
      '';
    };
    # Long installations do not stop because a lid was closed.
    logind.settings.Login.HandleLidSwitch = "ignore";
  };

  security.tpm2.enable = true;

  system.stateVersion = lib.trivial.release;
}
