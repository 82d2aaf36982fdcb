-- Plain settings first; each plugin is set up only if it is there, so that the file also works alone.
vim.g.mapleader = " "

local opt = vim.opt
opt.number = true
opt.relativenumber = true
opt.expandtab = true
opt.shiftwidth = 2
opt.tabstop = 2
opt.smartindent = true
opt.ignorecase = true
opt.smartcase = true
opt.undofile = true
opt.scrolloff = 4
opt.signcolumn = "yes"
opt.splitright = true
opt.splitbelow = true
opt.termguicolors = vim.env.TERM ~= "linux"
opt.clipboard = "unnamedplus"

-- Secrets that sops opens in an editor leave no traces beside themselves.
vim.api.nvim_create_autocmd({ "BufReadPre", "BufNewFile" }, {
  pattern = { "/dev/shm/*", "/run/user/*", "/tmp/*.yaml" },
  callback = function()
    vim.opt_local.undofile = false
    vim.opt_local.swapfile = false
    vim.opt.shada = ""
  end,
})

local map = vim.keymap.set
map("n", "<leader>w", "<cmd>write<cr>", { desc = "write" })
map("n", "<leader>q", "<cmd>quit<cr>", { desc = "quit" })
map("n", "<esc>", "<cmd>nohlsearch<cr>")

local has_telescope, telescope = pcall(require, "telescope.builtin")
if has_telescope then
  map("n", "<leader>f", telescope.find_files, { desc = "files" })
  map("n", "<leader>g", telescope.live_grep, { desc = "text in files" })
  map("n", "<leader>b", telescope.buffers, { desc = "open files" })
end

local has_signs, signs = pcall(require, "gitsigns")
if has_signs then
  signs.setup()
end

local has_keys, keys = pcall(require, "which-key")
if has_keys then
  keys.setup({ icons = { mappings = false } })
end

vim.api.nvim_create_autocmd("FileType", {
  callback = function(event)
    pcall(vim.treesitter.start, event.buf)
  end,
})

-- A server is enabled only where its program can be found: development shells bring them.
local servers = {
  gopls = "gopls",
  nixd = "nixd",
  pyright = "pyright-langserver",
  rust_analyzer = "rust-analyzer",
  ts_ls = "typescript-language-server",
}
if vim.lsp.enable then
  for server, program in pairs(servers) do
    if vim.fn.executable(program) == 1 then
      vim.lsp.enable(server)
    end
  end
end
