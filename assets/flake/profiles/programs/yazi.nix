# A file manager for the terminal; `yy` leaves the shell in the folder where it was closed.
{
  programs.yazi = {
    enable = true;
    shellWrapperName = "yy";
    settings.mgr = {
      show_hidden = true;
      sort_dir_first = true;
    };
  };
}
