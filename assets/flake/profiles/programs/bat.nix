# cat with line numbers and colours, and the pager for manual pages.
{ lib, pkgs, ... }:
{
  programs.bat = {
    enable = true;
    config = {
      # The terminal's own sixteen colours: it fits any theme, light or dark.
      theme = "ansi";
      style = "numbers,changes,header";
    };
  };

  home.sessionVariables = {
    MANPAGER = "sh -c 'col --no-backspaces --spaces | ${lib.getExe pkgs.bat} --language man --plain'";
    # Keeps groff from printing colours that col would show as text.
    MANROFFOPT = "-c";
  };
}
