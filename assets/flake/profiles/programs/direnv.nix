# A project's development shell opens when its folder is entered.
{
  programs.direnv = {
    enable = true;
    # Keeps the shell's closure from being collected, and opens it again without evaluating.
    nix-direnv.enable = true;
    # The list of every variable that changed hides what the shell itself says.
    config.global.hide_env_diff = true;
  };
}
