# `ci` of the host's entry chooses what builds on it; modules/ci.nix has the rest of the choices.
{ lib, host, ... }:
{
  imports = [ ../../modules/ci.nix ];

  ci.engine = lib.mkDefault host.ci;
}
