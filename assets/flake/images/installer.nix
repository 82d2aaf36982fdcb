# The medium that installs: mnemonix starts on the screen and on the serial console, and leaves a root shell
# behind when it ends.
{
  lib,
  pkgs,
  inputs,
  modulesPath,
  ...
}:
let
  inherit (pkgs.stdenv.hostPlatform) system;

  # The sources of this flake's inputs and of theirs, as flake.lock names them: evaluating a new host needs no
  # network.
  direct = lib.attrValues (removeAttrs inputs [ "self" ]);
  sources = lib.unique (
    map (input: input.outPath) (
      direct ++ lib.concatMap (input: lib.attrValues (input.inputs or { })) direct
    )
  );
in
{
  imports = [
    (modulesPath + "/installer/cd-dvd/installation-cd-minimal.nix")
    ./tools.nix
  ];

  networking.hostName = "installer";
  isoImage.edition = "mnemonix";

  system.extraDependencies = sources ++ [
    # No binary cache has it for this nixpkgs, and a Rust compiler has no place in an installer's memory.
    inputs.lanzaboote.packages.${system}.lzbt
  ];

  programs.bash.loginShellInit = ''
    case "$(tty)" in
      /dev/tty1 | /dev/ttyS0 | /dev/ttyAMA0)
        # Once for each console: a second login is for the shell.
        if [ -z "''${MNEMONIX_STARTED:-}" ]; then
          export MNEMONIX_STARTED=1
          mnemonix install || true
          echo
          echo "This is a root shell. 'mnemonix install' starts the installer again, 'nmtui' joins a network."
        fi
        ;;
    esac
  '';
}
