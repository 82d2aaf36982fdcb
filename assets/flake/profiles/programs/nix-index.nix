# `nix-locate FILE`, and which package holds a command that was not found.
{
  programs.nix-index.enable = true;
}
