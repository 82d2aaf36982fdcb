# Programs for a machine that is reached over SSH: the terminal of the other side may be one that this
# system has never heard of.
{ pkgs, ... }:
{
  home.packages = [
    pkgs.alacritty.terminfo
    pkgs.foot.terminfo
    pkgs.kitty.terminfo
    pkgs.ncdu
  ];
}
