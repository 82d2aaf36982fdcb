# The prompt. Plain characters, so that it reads the same on the Linux console and over a serial line.
{
  programs.starship = {
    enable = true;
    settings = {
      add_newline = false;
      command_timeout = 500;
      format = "$username$hostname$directory$git_branch$git_status$nix_shell$cmd_duration$line_break$character";
      character = {
        success_symbol = "[>](bold green)";
        error_symbol = "[x](bold red)";
        vimcmd_symbol = "[<](bold yellow)";
      };
      directory.read_only = " ro";
      git_branch.symbol = "git ";
      # Shown over SSH only: on one's own machine it is known.
      hostname.ssh_only = true;
      nix_shell = {
        symbol = "nix ";
        format = "[$symbol$name]($style) ";
      };
    };
  };
}
