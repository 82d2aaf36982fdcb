# Media automation: every service answers on its port, the API key is the one of the secret, a file that one
# service made can be moved by another, and what does not fit together is refused.
{
  pkgs,
  lib,
  nixosModules,
  ...
}:
let
  key = "0123456789abcdef0123456789abcdef";

  complaintsOf =
    configuration:
    map (check: check.message) (
      lib.filter (check: !check.assertion)
        (import "${pkgs.path}/nixos/lib/eval-config.nix" {
          system = null;
          modules = [
            nixosModules.arr-stack
            {
              nixpkgs.pkgs = pkgs;
              boot.loader.grub.enable = false;
              fileSystems."/".device = "none";
              fileSystems."/".fsType = "tmpfs";
              system.stateVersion = "25.11";
            }
            { arrStack = configuration; }
          ];
        }).config.assertions
    );
  refused = wanted: configuration: lib.any (lib.hasInfix wanted) (complaintsOf configuration);
in
assert refused "arrStack.enable is false" { sonarr = true; };
assert refused "no service is chosen" { enable = true; };
assert refused "subtitles" {
  enable = true;
  bazarr = true;
};
assert refused "the same port" {
  enable = true;
  sonarr = true;
  radarr = {
    enable = true;
    port = 8989;
  };
};
assert refused "neither the root folder nor homes" {
  enable = true;
  sonarr = true;
  mediaDir = "/home/alice/media";
};
pkgs.testers.runNixOSTest {
  name = "arr-stack";

  nodes.machine =
    { config, ... }:
    {
      imports = [ nixosModules.arr-stack ];

      # Stands in for sops-nix: the same options, with files that are there from the start.
      options.sops = {
        defaultSopsFile = lib.mkOption { type = lib.types.path; };
        placeholder = lib.mkOption {
          type = lib.types.attrsOf lib.types.str;
          default = lib.mapAttrs (_: _: key) config.sops.secrets;
        };
        secrets = lib.mkOption {
          type = lib.types.attrsOf (
            lib.types.submodule {
              options.path = lib.mkOption { default = pkgs.writeText "key" key; };
            }
          );
          default = { };
        };
        templates = lib.mkOption {
          type = lib.types.attrsOf (
            lib.types.submodule (
              { config, ... }:
              {
                options = {
                  content = lib.mkOption { type = lib.types.str; };
                  restartUnits = lib.mkOption { type = lib.types.listOf lib.types.str; };
                  path = lib.mkOption { default = pkgs.writeText "environment" config.content; };
                };
              }
            )
          );
          default = { };
        };
      };

      config = {
        sops.defaultSopsFile = pkgs.writeText "unused" "";
        arrStack = {
          enable = true;
          mediaDir = "/srv/media";
          prowlarr = true;
          sonarr = true;
          radarr = true;
          bazarr = true;
          qbittorrent = true;
        };
        virtualisation.memorySize = 3072;
      };
    };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    ports = {"prowlarr": 9696, "sonarr": 8989, "radarr": 7878, "bazarr": 6767, "qbittorrent": 8080}
    for name, port in ports.items():
        machine.wait_for_unit(f"{name}.service")
        machine.wait_for_open_port(port)

    with subtest("the API keys are those of the secrets"):
        for name in ["sonarr", "radarr"]:
            status = f"http://localhost:{ports[name]}/api/v3/system/status"
            machine.wait_until_succeeds(f"curl --fail --silent -H 'X-Api-Key: ${key}' {status}")
            machine.fail(f"curl --fail --silent -H 'X-Api-Key: wrong' {status}")

    with subtest("the password of qBittorrent is its secret"):
        login = "curl --fail --silent --data-urlencode username=admin --data-urlencode password={} http://localhost:8080/api/v2/auth/login"
        assert "Ok." in machine.succeed(login.format("${key}"))
        _, answer = machine.execute(login.format("wrong"))
        assert "Ok." not in answer

    with subtest("no key in an argument list or in the journal"):
        machine.fail("grep --text --quiet ${key} /proc/[0-9]*/cmdline")
        machine.fail("journalctl --boot | grep --quiet ${key}")

    with subtest("what one service loads, another moves into the library as a hard link"):
        machine.succeed("su -s /bin/sh qbittorrent -c 'umask 0002; echo film > /srv/media/downloads/complete/film'")
        machine.succeed("su -s /bin/sh radarr -c 'ln /srv/media/downloads/complete/film /srv/media/movies/film'")
        machine.succeed("su -s /bin/sh radarr -c 'rm /srv/media/downloads/complete/film'")
        machine.succeed("test $(stat -c %G /srv/media/movies/film) = media")
  '';
}
