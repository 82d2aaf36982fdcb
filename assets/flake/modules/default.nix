# The modules of this flake, exported for others to reuse: each takes its options and, where it says so at its
# top, an input of its own; none reads lib/constants.nix.
{
  nixosModules = {
    arr-stack = ./arr-stack.nix;
    ci = ./ci.nix;
    impermanence = ./impermanence.nix;
    remote-builders = ./remote-builders.nix;
    secure-boot = ./secure-boot.nix;
    sops = ./sops.nix;
    travel-router = ./travel-router.nix;
    virtualization = ./virtualization.nix;
    wintv = ./wintv.nix;
  };
}
