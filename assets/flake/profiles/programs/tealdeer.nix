# `tldr COMMAND`: examples instead of a manual.
{
  programs.tealdeer = {
    enable = true;
    # Pages are fetched when asked for (`tldr --update`), not behind one's back.
    enableAutoUpdates = false;
    settings.display.compact = true;
  };
}
