# README.txt of the folder, with the lines that a person at the Windows machine needs.
{ lib, cfg }:
let
  address = if cfg.domain == null then "localhost" else cfg.domain;
  pages = lib.concatLists (
    lib.mapAttrsToList (
      name: container:
      # The first one is the page; what follows is for other programs.
      map (port: "  ${name}: http://${address}:${toString port.host}") (
        lib.take 1 (lib.filter (port: port.protocol == "tcp") container.ports)
      )
    ) cfg.containers
  );
  secrets = lib.concatLists (
    lib.mapAttrsToList (
      name: container: map (secret: "  secrets\\${name}.env: ${secret}=...") container.secrets
    ) cfg.containers
  );
  section = title: lines: lib.optionalString (lines != [ ]) "\n${title}\n\n${lib.concatLines lines}";
in
''
  ${cfg.hostName}: a Windows media machine

  This folder was generated. Change the options in hosts/ of the flake, build it again with
  `nix build .#wintv-config`, and copy it over the old one. Run it as often as you like: what is so
  already is left alone.

  1. Open PowerShell as administrator in this folder.
  2. See what would happen:   powershell -ExecutionPolicy Bypass -File deploy.ps1 -WhatIf
  3. Make it so:              powershell -ExecutionPolicy Bypass -File deploy.ps1
  4. If it asks for a restart, restart and do step 3 again.

  deploy.ps1 -SkipWindows leaves Windows itself alone, -SkipContainers the containers.
  uninstall.ps1 takes away containers, firewall rules and the kiosk, and leaves data and media where
  they are.
''
+ section "Pages" pages
+ section "Secrets" (
  secrets
  ++ [
    ""
    "  They are files in ${cfg.dataDir}, readable by administrators only. Values that are missing are"
    "  made up. To have the keys that follow from your words, write the lines before the first start:"
    "  `mnemonix keys show --host ${cfg.hostName} --service NAME --reveal` prints them."
  ]
)
