# Zsh: the shell to type in.
{ config, ... }:
{
  programs.zsh = {
    enable = true;
    dotDir = "${config.xdg.configHome}/zsh";
    autocd = true;
    enableCompletion = true;
    autosuggestion.enable = true;
    syntaxHighlighting.enable = true;
    historySubstringSearch.enable = true;

    history = {
      path = "${config.xdg.stateHome}/zsh/history";
      size = 50000;
      save = 200000;
      extended = true;
      ignoreDups = true;
      # A line that begins with a space is not kept: the way to type something private.
      ignoreSpace = true;
      share = true;
    };

    initContent = ''
      # Words end at slashes, so that Ctrl-W takes one folder of a path.
      WORDCHARS=''${WORDCHARS//\//}
      # Completion without minding capitals.
      zstyle ':completion:*' matcher-list 'm:{a-z}={A-Z}'
      zstyle ':completion:*' menu select
    '';
  };
}
