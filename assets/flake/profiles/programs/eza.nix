# ls with git's state, folders first.
{
  programs.eza = {
    enable = true;
    git = true;
    # Icons need a font that the console does not have.
    icons = null;
    extraOptions = [
      "--group-directories-first"
      "--header"
    ];
  };
}
