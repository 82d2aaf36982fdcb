# For Go: the newest toolchain, because Go's own modules ask for it early.
{ pkgs, unstable, ... }:
pkgs.mkShell {
  packages = [
    unstable.go
    unstable.gopls
    unstable.golangci-lint
    pkgs.gofumpt
    pkgs.delve
    pkgs.gotestsum
    pkgs.govulncheck
  ];
  # Without it the go command would download another toolchain than this one.
  GOTOOLCHAIN = "local";
}
