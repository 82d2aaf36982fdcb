# Tools for clusters, clouds and fleets. Versions that a project depends on belong in its own shell;
# devshells/infrastructure.nix is one to begin with.
{ pkgs, ... }:
{
  home.packages = [
    pkgs.ansible
    pkgs.colmena
    pkgs.dive
    pkgs.kubectl
    pkgs.kubernetes-helm
    pkgs.kustomize
    pkgs.opentofu
    pkgs.skopeo
    pkgs.stern
  ];

  programs.k9s.enable = true;

  home.shellAliases = {
    k = "kubectl";
    tf = "tofu";
  };
}
