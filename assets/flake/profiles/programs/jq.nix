# Reading and changing JSON.
{
  programs.jq.enable = true;
}
