# Tools for looking after keys and for looking at what programs do.
{
  lib,
  pkgs,
  host,
  ...
}:
{
  home.packages = [
    # Keys and secrets: the ones in the TPM, and the files encrypted to them.
    pkgs.age
    pkgs.age-plugin-tpm
    pkgs.sops
    pkgs.ssh-to-age
    pkgs.tpm2-tools
    pkgs.yubikey-manager

    # What a program or a server really does.
    pkgs.binwalk
    pkgs.hexyl
    pkgs.openssl
    pkgs.socat
    pkgs.testssl
    pkgs.trivy
  ]
  ++ lib.optionals (host.desktop != "none") [ pkgs.keepassxc ];
}
