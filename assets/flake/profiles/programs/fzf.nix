# Fuzzy finding: Ctrl-R through the history, Ctrl-T for files, Alt-C for folders.
{ lib, pkgs, ... }:
{
  programs.fzf = {
    enable = true;
    defaultCommand = "${lib.getExe pkgs.fd} --type file --hidden --exclude .git";
    fileWidgetCommand = "${lib.getExe pkgs.fd} --type file --hidden --exclude .git";
    changeDirWidgetCommand = "${lib.getExe pkgs.fd} --type directory --hidden --exclude .git";
    defaultOptions = [
      "--height=40%"
      "--layout=reverse"
      "--border=none"
    ];
  };
}
