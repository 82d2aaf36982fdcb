# The systems that this flake builds for. lib/hosts.nix holds every host's `system` against this list.
{
  systems = [
    "x86_64-linux"
    "aarch64-linux"
  ];
}
