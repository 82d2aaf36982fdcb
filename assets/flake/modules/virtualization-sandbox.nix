# A microVM for what is not trusted: no folder of the host but the read-only store, a network that reaches
# the internet and not the host's neighbours' shares, and a disk in memory. It is not started by itself:
#
#   systemctl start microvm@sandbox
#   ssh -p 2222 guest@localhost
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.virtualization;
  keysOf = user: config.users.users.${user}.openssh.authorizedKeys.keys or [ ];
in
{
  config = lib.optionalAttrs (options ? microvm) {
    microvm.vms = lib.mkIf (cfg.enable && cfg.microvm.enable && cfg.microvm.sandbox.enable) {
      sandbox = {
        autostart = false;
        config = {
          networking.hostName = "sandbox";
          system.stateVersion = config.system.stateVersion;

          microvm = {
            hypervisor = "qemu";
            mem = cfg.microvm.sandbox.memory;
            vcpu = cfg.microvm.sandbox.cores;
            shares = [
              {
                proto = "9p";
                tag = "ro-store";
                source = "/nix/store";
                mountPoint = "/nix/.ro-store";
              }
            ];
            # QEMU's own network: nothing can come in but what is forwarded here.
            interfaces = [
              {
                type = "user";
                id = "sandbox";
                mac = "02:00:00:00:00:01";
              }
            ];
            forwardPorts = [
              {
                from = "host";
                host.address = "127.0.0.1";
                host.port = 2222;
                guest.port = 22;
              }
            ];
          };

          services.openssh = {
            enable = true;
            settings.PasswordAuthentication = false;
          };
          users.users.guest = {
            isNormalUser = true;
            openssh.authorizedKeys.keys = lib.concatMap keysOf cfg.users;
          };
        };
      };
    };
  };
}
