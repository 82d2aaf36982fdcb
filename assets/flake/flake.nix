{
  description = "NixOS machines described as data, with their keys in the TPM";

  inputs = {
    # The release that every machine runs, and a rolling one for the few programs that should be newer.
    stable-nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";
    unstable-nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

    flake-parts = {
      url = "github:hercules-ci/flake-parts";
      # flake-parts needs only the library of nixpkgs, and calls that input by another name.
      inputs.nixpkgs-lib.follows = "stable-nixpkgs";
    };

    # The environment of each user. Its release goes with the release of NixOS.
    home-manager = {
      url = "github:nix-community/home-manager/release-25.11";
      inputs.nixpkgs.follows = "stable-nixpkgs";
    };

    # Secrets, encrypted in this repository to keys that live in TPMs.
    sops-nix = {
      url = "github:Mic92/sops-nix";
      inputs.nixpkgs.follows = "stable-nixpkgs";
    };

    # Disks: the same description partitions, formats and mounts.
    disko = {
      url = "github:nix-community/disko";
      inputs.nixpkgs.follows = "stable-nixpkgs";
    };

    # Light virtual machines, for what should not share a kernel with the desktop.
    microvm = {
      url = "github:microvm-nix/microvm.nix";
      inputs.nixpkgs.follows = "stable-nixpkgs";
    };

    # A root file system that forgets everything but what /persist names.
    impermanence = {
      url = "github:nix-community/impermanence";
      inputs.nixpkgs.follows = "stable-nixpkgs";
      inputs.home-manager.follows = "home-manager";
    };

    # Secure Boot with unified kernel images signed by the machine's own keys.
    lanzaboote = {
      url = "github:nix-community/lanzaboote/v1.0.0";
      inputs.nixpkgs.follows = "stable-nixpkgs";
    };
  };

  outputs =
    inputs@{ flake-parts, ... }:
    flake-parts.lib.mkFlake { inherit inputs; } {
      imports = [
        ./flake-parts/systems.nix
        ./flake-parts/module-args.nix

        # For each system: x86_64-linux, aarch64-linux.
        ./flake-parts/per-system/formatter.nix
        ./flake-parts/per-system/checks.nix
        ./flake-parts/per-system/dev-shells.nix
        ./flake-parts/per-system/packages.nix

        # For each host of lib/constants.nix.
        ./flake-parts/outputs/nixos.nix
        ./flake-parts/outputs/home-manager.nix
        ./flake-parts/outputs/deployment.nix
      ];
    };
}
