# How an agent in the background asks for the PIN of a key: in a window where there is a desktop, else on the
# terminal where `systemd-tty-ask-password-agent --user --watch` is running.
{
  lib,
  pkgs,
  host,
  ...
}:
let
  onTerminal = pkgs.writeShellApplication {
    name = "ask-pin";
    runtimeInputs = [ pkgs.systemd ];
    text = ''
      exec systemd-ask-password --user --no-tty --timeout=60 -- "$1"
    '';
  };

  program =
    {
      plasma = lib.getExe' pkgs.kdePackages.ksshaskpass "ksshaskpass";
      gnome = "${pkgs.seahorse}/libexec/seahorse/ssh-askpass";
      hyprland = "${pkgs.seahorse}/libexec/seahorse/ssh-askpass";
    }
    .${host.desktop} or (lib.getExe onTerminal);
in
{
  options.tpmPinPrompt.environment = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    readOnly = true;
    default = [
      "SSH_ASKPASS=${program}"
      "SSH_ASKPASS_REQUIRE=force"
    ];
    description = "Environment lines of a systemd unit that asks for PINs.";
  };
}
