# grep through a tree of files.
{
  programs.ripgrep = {
    enable = true;
    arguments = [
      "--smart-case"
      "--hidden"
      "--glob=!.git/*"
      "--max-columns=200"
      "--max-columns-preview"
    ];
  };
}
