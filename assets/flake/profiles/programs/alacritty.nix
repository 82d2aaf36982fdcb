# The terminal window.
{
  programs.alacritty = {
    enable = true;
    settings = {
      window = {
        padding = {
          x = 6;
          y = 6;
        };
        dynamic_padding = true;
      };
      font = {
        normal.family = "JetBrainsMono Nerd Font";
        size = 11.0;
      };
      scrolling.history = 50000;
      selection.save_to_clipboard = false;
      # Programs in the terminal may set the clipboard, none may read it.
      terminal.osc52 = "OnlyCopy";
    };
  };
}
