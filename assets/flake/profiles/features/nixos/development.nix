# What writing software needs from the system. The tools themselves are in profiles/features/development.nix
# and in the development shells of each project.
{ pkgs, ... }:
{
  # Programs that were not built for NixOS (language servers, wheels, game engines) find their loader.
  programs.nix-ld.enable = true;

  # Manual pages of system calls and libraries.
  documentation.dev.enable = true;
  environment.systemPackages = [
    pkgs.man-pages
    pkgs.man-pages-posix
  ];

  # Editors watch every file of a large repository.
  boot.kernel.sysctl."fs.inotify.max_user_watches" = 1048576;

  # Debuggers attach to their own children without it; profilers need to see kernel symbols.
  programs.bcc.enable = true;
}
