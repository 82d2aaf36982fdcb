# For the machines of others: Kubernetes, OpenTofu, Ansible, and a look at what runs there.
{ pkgs, ... }:
pkgs.mkShell {
  packages = [
    pkgs.kubectl
    pkgs.kubernetes-helm
    pkgs.kustomize
    pkgs.k9s
    pkgs.opentofu
    pkgs.tflint
    pkgs.ansible
    pkgs.ansible-lint
    pkgs.sops
    pkgs.age
    pkgs.jq
    pkgs.yq-go
    pkgs.dig
  ];
}
