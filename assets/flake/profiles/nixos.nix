# The system's side of everything that a host's entry in lib/constants.nix asks for: its desktop, its
# features, the services and the security profile that go with its kind of machine.
#
# A feature or desktop is a file: nothing is listed here. A name without a file is reported by checks.nix
# in a sentence, instead of by a path that does not exist.
{ lib, host, ... }:
let
  existing = lib.filter builtins.pathExists;
in
{
  imports = [
    ./checks.nix
    ./security
    ./services
  ]
  ++ existing [ (./desktop/nixos + "/${host.desktop}.nix") ]
  ++ existing (map (feature: ./features/nixos + "/${feature}.nix") host.hostFeatures);
}
