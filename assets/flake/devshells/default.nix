# For work on this flake: format, find dead code, edit secrets, deploy.
{ pkgs, ... }:
pkgs.mkShell {
  packages = [
    pkgs.nixfmt
    pkgs.statix
    pkgs.deadnix
    pkgs.sops
    pkgs.age
    pkgs.age-plugin-tpm
    pkgs.colmena
  ];
}
