# Bash: the shell of scripts and of root, set up so that nothing typed is lost.
{
  programs.bash = {
    enable = true;
    historySize = 50000;
    historyFileSize = 200000;
    historyControl = [
      "erasedups"
      # A line that begins with a space is not kept: the way to type something private.
      "ignorespace"
    ];
    shellOptions = [
      "histappend"
      "checkwinsize"
      "globstar"
      # Warns about running jobs before the shell is left.
      "checkjobs"
    ];
  };
}
