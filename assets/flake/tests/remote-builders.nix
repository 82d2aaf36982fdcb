# One machine builds on another, with its SSH host key and nothing else; the builder gives that key no shell.
{
  pkgs,
  lib,
  nixosModules,
  ...
}:
let
  keys = pkgs.runCommand "host-keys" { nativeBuildInputs = [ pkgs.openssh ]; } ''
    mkdir "$out"
    ssh-keygen -q -t ed25519 -N "" -C client -f "$out/client"
    ssh-keygen -q -t ed25519 -N "" -C builder -f "$out/builder"
  '';
  hostKey = name: {
    services.openssh.hostKeys = [ ];
    system.activationScripts.hostKey = ''
      install -D -m 0600 ${keys}/${name} /etc/ssh/ssh_host_ed25519_key
      install -D -m 0644 ${keys}/${name}.pub /etc/ssh/ssh_host_ed25519_key.pub
    '';
    services.openssh.extraConfig = lib.mkBefore "HostKey /etc/ssh/ssh_host_ed25519_key";
  };
in
pkgs.testers.runNixOSTest {
  name = "remote-builders";

  nodes = {
    builder = {
      imports = [
        nixosModules.remote-builders
        (hostKey "builder")
      ];
      services.openssh.enable = true;
      remoteBuilders.serve = {
        enable = true;
        # The real key is a product of the build: the file is read at run time, below.
        keys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBvFpPGYW6nF2kRlR1D9vC2pYv0kq9iN2b0m8lWv3n5d unused" ];
      };
      virtualisation.writableStore = true;
      nix.settings.substituters = [ ];
      services.openssh.authorizedKeysFiles = [ "/run/client-key" ];
      system.activationScripts.clientKey = "install -m 0644 ${keys}/client.pub /run/client-key";
    };

    client = {
      imports = [
        nixosModules.remote-builders
        (hostKey "client")
      ];
      remoteBuilders.machines = [
        {
          host = "builder";
          inherit (pkgs.stdenv.hostPlatform) system;
        }
      ];
      programs.ssh.extraConfig = "StrictHostKeyChecking accept-new";
      virtualisation = {
        writableStore = true;
        additionalPaths = [ pkgs.stdenvNoCC ];
      };
      nix.settings = {
        substituters = [ ];
        max-jobs = 0;
      };
    };
  };

  testScript =
    let
      expression = pkgs.writeText "built.nix" ''
        derivation {
          name = "built";
          system = "${pkgs.stdenv.hostPlatform.system}";
          builder = "/bin/sh";
          args = [ "-c" "echo built > $out" ];
        }
      '';
    in
    ''
      start_all()
      builder.wait_for_unit("sshd.service")
      client.wait_for_unit("multi-user.target")
      client.wait_until_succeeds("ping -c 1 builder")

      with subtest("a build that this machine may not do itself is done by the builder"):
          path = client.succeed("nix-build --no-out-link ${expression}").strip()
          assert "built" in client.succeed(f"cat {path}")

      with subtest("the key gives no shell"):
          _, output = client.execute("ssh -i /etc/ssh/ssh_host_ed25519_key nix-ssh@builder id </dev/null 2>&1")
          assert "uid=" not in output
    '';
}
