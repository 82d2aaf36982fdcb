# For Rust: the release's toolchain with its sources, so that rust-analyzer finds the standard library.
{ pkgs, ... }:
pkgs.mkShell {
  packages = [
    pkgs.cargo
    pkgs.rustc
    pkgs.rustfmt
    pkgs.clippy
    pkgs.rust-analyzer
    pkgs.cargo-nextest
    pkgs.cargo-audit
    pkgs.pkg-config
  ];
  buildInputs = [ pkgs.openssl ];
  RUST_SRC_PATH = pkgs.rustPlatform.rustLibSrc;
}
