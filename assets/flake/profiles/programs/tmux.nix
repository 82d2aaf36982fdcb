# Sessions that survive a lost connection.
{
  programs.tmux = {
    enable = true;
    terminal = "tmux-256color";
    shortcut = "a";
    keyMode = "vi";
    mouse = true;
    baseIndex = 1;
    # Otherwise the editor waits half a second at each Escape.
    escapeTime = 10;
    historyLimit = 50000;
    clock24 = true;
    extraConfig = ''
      # Colours of the terminal outside, in the windows inside.
      set -as terminal-features ",*:RGB"
      # New windows and panes open in the folder of the present one.
      bind c new-window -c "#{pane_current_path}"
      bind '"' split-window -v -c "#{pane_current_path}"
      bind % split-window -h -c "#{pane_current_path}"
      set -g renumber-windows on
      set -g status-left-length 30
      # The agent of the connection that is attached now, not of the one that began the session.
      set -ga update-environment " SSH_TPM_AUTH_SOCK"
    '';
  };
}
