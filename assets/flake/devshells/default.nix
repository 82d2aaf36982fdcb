# For work on this flake: lay out, look for dead code, edit secrets, deploy.
{ pkgs, ... }:
pkgs.mkShell {
  packages = [
    # Nix
    pkgs.nixfmt-tree
    pkgs.nixd
    pkgs.statix
    pkgs.deadnix
    pkgs.nix-output-monitor
    pkgs.nvd

    # Secrets
    pkgs.sops
    pkgs.age
    pkgs.age-plugin-tpm

    # Machines
    pkgs.colmena
    pkgs.shellcheck
  ];
}
