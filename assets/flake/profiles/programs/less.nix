# The pager: colours pass through, short texts do not stop, searching minds capitals only when typed.
{
  programs.less.enable = true;

  home.sessionVariables.LESS = "--RAW-CONTROL-CHARS --quit-if-one-screen --ignore-case --mouse";
}
