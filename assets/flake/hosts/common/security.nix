# Hardening that nobody notices at work: a desktop, a game and a container still run with all of it.
{
  config,
  lib,
  host,
  hasFeature,
  ...
}:
let
  # Machines without a person before them are looked after from elsewhere.
  remote = lib.elem host.hostType [
    "server"
    "appliance"
  ];
  ownKeys = lib.concatMap (user: user.sshKeys) (lib.attrValues host.users);
in
{
  boot = {
    # Weaker than what a host or a module says, stronger than the defaults of NixOS.
    kernel.sysctl = lib.mapAttrs (_: lib.mkOverride 900) {
      # What the kernel tells about itself is for root.
      "kernel.dmesg_restrict" = 1;
      "kernel.kptr_restrict" = 2;
      "kernel.perf_event_paranoid" = 3;
      # No debugger on a process that is not one's own child, no BPF and no new kernel without root.
      "kernel.yama.ptrace_scope" = 1;
      "kernel.unprivileged_bpf_disabled" = 1;
      "net.core.bpf_jit_harden" = 2;
      "kernel.kexec_load_disabled" = 1;
      # Files in shared folders cannot be used to trick another user's program.
      "fs.protected_hardlinks" = 1;
      "fs.protected_symlinks" = 1;
      "fs.protected_fifos" = 2;
      "fs.protected_regular" = 2;
      "fs.suid_dumpable" = 0;
      # Nobody on the network tells this machine where to send its packets.
      "net.ipv4.conf.all.accept_redirects" = 0;
      "net.ipv4.conf.default.accept_redirects" = 0;
      "net.ipv4.conf.all.send_redirects" = 0;
      "net.ipv4.conf.default.send_redirects" = 0;
      "net.ipv6.conf.all.accept_redirects" = 0;
      "net.ipv6.conf.default.accept_redirects" = 0;
      "net.ipv4.icmp_echo_ignore_broadcasts" = 1;
      "net.ipv4.tcp_rfc1337" = 1;
    };

    # Protocols that almost no machine speaks, and that had more holes than users.
    blacklistedKernelModules = [
      "ax25"
      "dccp"
      "netrom"
      "rds"
      "rose"
      "sctp"
      "tipc"
    ];
  };

  networking = {
    nftables.enable = lib.mkDefault true;
    firewall = {
      enable = true;
      logRefusedConnections = lib.mkDefault false;
    };
  };

  security = {
    apparmor.enable = true;
    polkit.enable = true;
    sudo = {
      execWheelOnly = true;
      extraConfig = "Defaults lecture = never";
    };
    # Who runs what, kept for later: asked for with the feature "security".
    auditd.enable = hasFeature "security";
    audit = lib.mkIf (hasFeature "security") {
      enable = true;
      rules = [
        "-a always,exit -F arch=b64 -F dir=/etc/ssh -F perm=wa -k ssh"
        "-a always,exit -F arch=b64 -F dir=${config.hostSecrets.stateDirectory} -F perm=rwa -k machine-keys"
        "-a always,exit -F arch=b64 -S init_module,finit_module,delete_module -k modules"
      ];
    };
  };

  # SSH with keys only. A machine that someone sits at listens only if a key was given for it.
  services.openssh = {
    enable = lib.mkDefault (remote || ownKeys != [ ]);
    settings = {
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
      # Deployment goes to root, with the operator's key; where someone sits, root has no business over SSH.
      PermitRootLogin = if remote then "prohibit-password" else "no";
      X11Forwarding = false;
      MaxAuthTries = 4;
      LoginGraceTime = 30;
    };
  };

  assertions = [
    {
      assertion = !config.services.openssh.settings.PasswordAuthentication;
      message = ''host "${host.name}": SSH with passwords is switched on somewhere; this flake allows keys only. Give the user an sshKeys entry in lib/constants.nix.'';
    }
  ];
}
