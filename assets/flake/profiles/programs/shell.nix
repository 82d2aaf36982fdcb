# What all shells share: folders that follow the XDG rules, the editor, and a few short names.
{ config, ... }:
{
  xdg.enable = true;

  home = {
    sessionVariables = {
      EDITOR = "nvim";
      VISUAL = "nvim";
    };

    sessionPath = [ "${config.home.homeDirectory}/.local/bin" ];

    shellAliases = {
      ".." = "cd ..";
      "..." = "cd ../..";
      # Never overwrite by accident.
      cp = "cp --interactive";
      mv = "mv --interactive";
      ip = "ip --color=auto";
      # What a rebuild would change, before it changes it.
      rebuild-diff = "nixos-rebuild build --flake . && nix store diff-closures /run/current-system ./result";
    };
  };

  # Without NixOS below, this keeps the command itself up to date.
  programs.home-manager.enable = true;
}
