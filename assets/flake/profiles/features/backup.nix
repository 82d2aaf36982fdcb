# The program that reads the copies again, in the path of whoever needs a file back.
{ pkgs, ... }:
{
  home.packages = [
    pkgs.restic
    pkgs.rclone
  ];
}
