# find that leaves out what git ignores.
{
  programs.fd = {
    enable = true;
    hidden = true;
    ignores = [
      ".git/"
      "/nix/store/"
    ];
  };
}
