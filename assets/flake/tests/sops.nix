# A password comes from the secrets, and still works when the key of the secrets is lost.
{
  pkgs,
  inputs,
  nixosModules,
  ...
}:
let
  # An identity and a secret made while the test is built; neither exists anywhere else.
  fixture =
    pkgs.runCommand "secrets-fixture"
      {
        nativeBuildInputs = [
          pkgs.age
          pkgs.mkpasswd
          pkgs.sops
        ];
      }
      ''
        mkdir "$out"
        age-keygen -o "$out/identity.txt"
        mkpasswd -m yescrypt "correct horse" > "$out/hash"
        printf 'user:\n  hashedPassword: "%s"\n' "$(cat "$out/hash")" > plain.yaml
        sops encrypt --age "$(age-keygen -y "$out/identity.txt")" plain.yaml > "$out/secrets.yaml"
      '';
in
pkgs.testers.runNixOSTest {
  name = "sops";

  nodes.machine = {
    imports = [
      inputs.sops-nix.nixosModules.sops
      nixosModules.sops
    ];

    users = {
      mutableUsers = false;
      users.alice.isNormalUser = true;
    };
    hostSecrets = {
      file = "${fixture}/secrets.yaml";
      passwords.alice = "user/hashedPassword";
    };
    # The file is the product of a build, so it cannot be read while this is evaluated.
    sops.validateSopsFiles = false;

    # What the installer does: put the identity in its place, until the test takes it away.
    system.activationScripts = {
      installIdentity = ''
        if [ ! -e /var/lib/mnemonix/lost ]; then
          install -D -m 0600 ${fixture}/identity.txt /var/lib/mnemonix/age-identity.txt
        fi
      '';
      setupSecretsForUsers.deps = [ "installIdentity" ];
    };
  };

  testScript = ''
    wanted = "${fixture}/hash"

    def hash_is_set():
        machine.succeed(f'test "$(getent shadow alice | cut -d: -f2)" = "$(cat {wanted})"')

    machine.wait_for_unit("multi-user.target")

    with subtest("the secret becomes the password"):
        machine.succeed("test -s /run/secrets-for-users/user/hashedPassword")
        hash_is_set()

    with subtest("the last good hash is kept for root alone"):
        machine.succeed("test $(stat -c %a /var/lib/mnemonix/passwords/alice) = 600")
        machine.succeed("test $(stat -c %a /var/lib/mnemonix/passwords) = 700")

    machine.succeed("touch /var/lib/mnemonix/lost; rm /var/lib/mnemonix/age-identity.txt")
    machine.shutdown()
    machine.start()
    machine.wait_for_unit("multi-user.target")

    with subtest("without the key there is no secret, and the password still works"):
        machine.fail("test -s /run/secrets-for-users/user/hashedPassword")
        hash_is_set()
  '';
}
