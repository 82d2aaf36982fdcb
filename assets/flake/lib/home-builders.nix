# Builds the environments of users with Home Manager. homeModulesFor is what a home consists of; NixOS hosts
# build it into the system, and mkHomeConfig makes a configuration of its own of it.
{ inputs, systemBuilders }:
let
  inherit (inputs.stable-nixpkgs) lib;
in
rec {
  homeModulesFor =
    { host, username }:
    [
      ../profiles/home.nix
      {
        _module.args.username = username;
        assertions = import ./host-rules.nix { inherit lib host; };
        home = {
          inherit username;
          inherit (host) stateVersion;
          homeDirectory = lib.mkDefault "/home/${username}";
        };
      }
    ];

  mkHomeConfig =
    {
      system,
      host,
      username,
    }:
    inputs.home-manager.lib.homeManagerConfiguration {
      pkgs = systemBuilders.pkgsFor system;
      extraSpecialArgs = systemBuilders.specialArgsFor host;
      modules = homeModulesFor { inherit host username; };
    };
}
