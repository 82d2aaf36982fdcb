# Tools that every project needs. Compilers and libraries are not here: each project brings its own in a
# development shell, and direnv opens it.
{ pkgs, ... }:
{
  home.packages = [
    pkgs.gnumake
    pkgs.just
    pkgs.watchexec
    pkgs.hyperfine
    pkgs.tokei
    pkgs.shellcheck
    pkgs.shfmt

    # Nix itself: language server, layout, what a change in the lock file means.
    pkgs.nixd
    pkgs.nixfmt
    pkgs.nix-output-monitor
    pkgs.nix-tree
    pkgs.nvd
  ];

  programs = {
    # Looking at a change as syntax rather than as lines: `git difftool --tool difftastic`.
    difftastic.enable = true;
    git.settings.difftool.prompt = false;

    neovim.extraPackages = [
      pkgs.nixd
      pkgs.lua-language-server
      pkgs.bash-language-server
    ];
  };
}
