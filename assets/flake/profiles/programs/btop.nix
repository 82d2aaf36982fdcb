# What the machine is doing.
{
  programs.btop = {
    enable = true;
    settings = {
      # The terminal's colours, and graphs that the Linux console can draw.
      color_theme = "TTY";
      graph_symbol = "tty";
      theme_background = false;
      vim_keys = true;
      update_ms = 2000;
    };
  };
}
