# Line editing of bash, python, sqlite and everything else that asks for a line.
{
  programs.readline = {
    enable = true;
    bindings = {
      # Arrows look for lines that begin with what is typed already.
      "\\e[A" = "history-search-backward";
      "\\e[B" = "history-search-forward";
    };
    variables = {
      completion-ignore-case = true;
      show-all-if-ambiguous = true;
      colored-stats = true;
      mark-symlinked-directories = true;
      # Pasted text waits for Enter.
      enable-bracketed-paste = true;
    };
  };
}
