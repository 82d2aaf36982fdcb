# The home of a user on a host: programs that everybody gets, the features of the host, and the home's side
# of its desktop. It works inside NixOS and, with Home Manager alone, on any other Linux.
{
  lib,
  host,
  hasFeature,
  ...
}:
let
  existing = lib.filter builtins.pathExists;
  hasDesktop = host.desktop != "none";
in
{
  imports = [
    ./programs/shell.nix
    ./programs/bash.nix
    ./programs/zsh.nix
    ./programs/starship.nix
    ./programs/direnv.nix
    ./programs/fzf.nix
    ./programs/zoxide.nix
    ./programs/bat.nix
    ./programs/eza.nix
    ./programs/fd.nix
    ./programs/ripgrep.nix
    ./programs/jq.nix
    ./programs/btop.nix
    ./programs/less.nix
    ./programs/readline.nix
    ./programs/tealdeer.nix
    ./programs/tmux.nix
    ./programs/neovim.nix
    ./programs/yazi.nix
    ./programs/git.nix
    ./programs/ssh.nix
    ./programs/gpg.nix
  ]
  ++ lib.optionals (hasFeature "development") [
    ./programs/gh.nix
    ./programs/lazygit.nix
    ./programs/nix-index.nix
  ]
  ++ lib.optionals hasDesktop [
    ./programs/alacritty.nix
    ./programs/firefox.nix
  ]
  ++ existing [ (./desktop + "/${host.desktop}.nix") ]
  ++ existing (map (feature: ./features + "/${feature}.nix") host.hostFeatures);
}
