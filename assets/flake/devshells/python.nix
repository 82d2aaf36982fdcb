# For Python: the interpreter of the release, uv for the packages of a project, and the usual judges.
{ pkgs, ... }:
pkgs.mkShell {
  packages = [
    pkgs.python3
    pkgs.uv
    pkgs.ruff
    pkgs.mypy
    pkgs.pyright
    pkgs.python3Packages.ipython
    pkgs.python3Packages.pytest
  ];
  # uv uses the interpreter above; the ones that it would download do not run on NixOS.
  UV_PYTHON_DOWNLOADS = "never";
  UV_PYTHON = pkgs.lib.getExe pkgs.python3;
}
