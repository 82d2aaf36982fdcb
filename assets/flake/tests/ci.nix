# Forgejo comes up with its runner registered and nobody able to register; Hydra comes up; what does not fit
# together is refused.
{
  pkgs,
  lib,
  nixosModules,
  ...
}:
let
  complaintsOf =
    settings:
    map (check: check.message) (
      lib.filter (check: !check.assertion)
        (import "${pkgs.path}/nixos/lib/eval-config.nix" {
          system = null;
          modules = [
            nixosModules.ci
            {
              nixpkgs.pkgs = pkgs;
              boot.loader.grub.enable = false;
              fileSystems."/".device = "none";
              fileSystems."/".fsType = "tmpfs";
              system.stateVersion = "25.11";
              ci = settings;
            }
          ];
        }).config.assertions
    );
  refused = wanted: settings: lib.any (lib.hasInfix wanted) (complaintsOf settings);
in
assert refused "write the name alone" {
  engine = "forgejo";
  domain = "https://ci.example.org/";
};
assert refused "a certificate can be made for" {
  engine = "hydra";
  https = true;
};
assert refused "others cannot reach a machine as localhost" {
  engine = "forgejo";
  openFirewall = true;
};
assert refused "no job could ever be given to it" {
  engine = "forgejo";
  runner.labels = [ ];
};
pkgs.testers.runNixOSTest {
  name = "ci";

  nodes = {
    forgejo = {
      imports = [ nixosModules.ci ];
      ci = {
        engine = "forgejo";
        # Without containers: the test has no network to fetch an image from.
        runner.labels = [ "test:host" ];
      };
      virtualisation.memorySize = 2048;
    };

    hydra = {
      imports = [ nixosModules.ci ];
      ci = {
        engine = "hydra";
        domain = "hydra";
        openFirewall = true;
      };
      virtualisation.memorySize = 2048;
    };
  };

  testScript = ''
    start_all()

    with subtest("the runner registers by itself"):
        forgejo.wait_for_unit("forgejo.service")
        forgejo.wait_for_open_port(3000)
        forgejo.wait_for_unit("gitea-runner-local.service")
        forgejo.wait_until_succeeds("test -s /var/lib/gitea-runner/local/.runner")

    with subtest("the token is in no file that others can read"):
        forgejo.succeed("test $(stat -c %a /run/forgejo-runner-token/environment) = 600")

    with subtest("accounts are given, not taken"):
        forgejo.fail("curl --fail --silent http://localhost:3000/user/sign_up | grep --quiet 'name=\"password\"'")

    with subtest("Forgejo is not on the network unless asked for"):
        hydra.fail("curl --silent --max-time 3 http://forgejo:3000/")

    with subtest("Hydra answers on the network when asked for"):
        hydra.wait_for_unit("hydra-server.service")
        hydra.wait_for_open_port(3000)
        forgejo.wait_until_succeeds("curl --fail --silent http://hydra:3000/ | grep --quiet Hydra")
  '';
}
