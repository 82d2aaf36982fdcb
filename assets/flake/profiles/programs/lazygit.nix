# Git in a full-screen view.
{
  programs.lazygit = {
    enable = true;
    settings = {
      gui.nerdFontsVersion = "";
      # It asks for the PIN of the signing key on the terminal that it covers: hand it over for commits.
      git.overrideGpg = false;
      git.paging.pager = "delta --paging=never";
    };
  };
}
