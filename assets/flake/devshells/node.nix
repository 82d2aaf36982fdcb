# For JavaScript and TypeScript: the long-term release of Node.js with both package managers.
{ pkgs, ... }:
pkgs.mkShell {
  packages = [
    pkgs.nodejs
    pkgs.pnpm
    pkgs.typescript
    pkgs.typescript-language-server
    pkgs.biome
    pkgs.eslint
  ];
}
