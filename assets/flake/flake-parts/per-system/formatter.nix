# `nix fmt` lays every Nix file out as RFC 166 says.
{
  perSystem =
    { pkgs, ... }:
    {
      formatter = pkgs.nixfmt-tree;
    };
}
