# `z part-of-a-name` goes to the folder that was visited most.
{
  programs.zoxide.enable = true;
}
