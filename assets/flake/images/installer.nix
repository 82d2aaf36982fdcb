# The medium that installs: mnemonix starts on the screen and on the serial console, and leaves a root shell
# behind when it ends.
{ modulesPath, ... }:
{
  imports = [
    (modulesPath + "/installer/cd-dvd/installation-cd-minimal.nix")
    ./tools.nix
  ];

  networking.hostName = "installer";
  isoImage.edition = "mnemonix";

  programs.bash.loginShellInit = ''
    case "$(tty)" in
      /dev/tty1 | /dev/ttyS0)
        # Once for each console: a second login is for the shell.
        if [ -z "''${MNEMONIX_STARTED:-}" ]; then
          export MNEMONIX_STARTED=1
          mnemonix || true
          echo
          echo "This is a root shell. 'mnemonix' starts the installer again, 'nmtui' joins a network."
        fi
        ;;
    esac
  '';
}
