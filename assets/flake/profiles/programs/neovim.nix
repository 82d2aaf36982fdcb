# The editor: syntax trees and language servers, few plugins, no framework. A language server is started
# when the development shell of a project brings one.
{ pkgs, ... }:
{
  programs.neovim = {
    enable = true;
    defaultEditor = true;
    viAlias = true;
    vimAlias = true;
    # Nothing here is written in them, and each adds an interpreter.
    withRuby = false;
    withPython3 = false;
    withNodeJs = false;

    plugins = [
      pkgs.vimPlugins.nvim-lspconfig
      pkgs.vimPlugins.nvim-treesitter.withAllGrammars
      pkgs.vimPlugins.telescope-nvim
      pkgs.vimPlugins.gitsigns-nvim
      pkgs.vimPlugins.which-key-nvim
    ];

    extraLuaConfig = builtins.readFile ./neovim.lua;
  };
}
