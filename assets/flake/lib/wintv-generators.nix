# Windows machines: from the options of modules/wintv.nix to a folder that is copied to the machine.
#
#   textsFor host            every generated file of a host as text, by its name: pure, needs no packages
#   buildWintvConfig {...}   the folder of one configuration, as a package
#
# The file itself is a function that gives packages.wintv-config: a folder with one such folder for each host.
# Data goes into wintv.json and the YAML files; the scripts are the same for everybody and read it.
{
  lib,
  pkgs,
  hosts ? { },
}:
let
  toYAML = import ./wintv/yaml.nix { inherit lib; };

  # The options of a host, checked: a failed assertion stops here with its sentence.
  evaluate =
    { modules, host }:
    let
      inherit
        (lib.evalModules {
          modules = [ ../modules/wintv.nix ] ++ modules;
          specialArgs = { inherit host; };
        })
        config
        ;
      failed = map (check: check.message) (lib.filter (check: !check.assertion) config.assertions);
    in
    if failed == [ ] then
      config
    else
      throw "host ${host.name}:\n${lib.concatMapStringsSep "\n" (message: "- ${message}") failed}";

  configOf =
    host:
    evaluate {
      inherit host;
      modules = [
        (../hosts + "/${host.name}/configuration.nix")
        {
          wintv = {
            enable = lib.mkDefault true;
            hostName = lib.mkDefault host.name;
            timezone = lib.mkDefault host.locale.timezone;
          };
        }
      ];
    };

  textsOf =
    config:
    let
      cfg = config.wintv;
      part = file: import file { inherit lib cfg; };
      sources = map (volume: volume.source) (
        lib.concatMap (container: container.volumes) (lib.attrValues cfg.containers)
      );
      settings = {
        inherit (cfg) hostName dataDir kiosk;
        folders = lib.unique (
          [
            cfg.dataDir
            "${cfg.mediaDir}\\downloads\\complete"
            "${cfg.mediaDir}\\downloads\\incomplete"
          ]
          ++ sources
        );
        secrets = lib.mapAttrs (_: container: container.secrets) (
          lib.filterAttrs (_: container: container.secrets != [ ]) cfg.containers
        );
      };
      generated = "# Generated from the options of modules/wintv.nix; changes here are lost.\n";
    in
    {
      "docker-compose.yml" = generated + toYAML (part ./wintv/compose.nix);
      "configuration.dsc.yaml" =
        "# yaml-language-server: $schema=https://aka.ms/configuration-dsc-schema/0.2\n"
        + generated
        + toYAML (part ./wintv/dsc.nix);
      "wintv.json" = builtins.toJSON settings + "\n";
      "README.txt" = part ./wintv/readme.nix;
      "deploy.ps1" = builtins.readFile ./wintv/deploy.ps1;
      "steps.ps1" = builtins.readFile ./wintv/steps.ps1;
      "uninstall.ps1" = builtins.readFile ./wintv/uninstall.ps1;
    }
    // lib.mapAttrs' (name: lib.nameValuePair "services/${name}") (part ./wintv/services.nix);

  # What people open in an editor has lines that end as Windows ends them. The scripts are ASCII, which every
  # PowerShell reads in the same way.
  forWindows =
    name: text:
    if lib.hasSuffix ".ps1" name || lib.hasSuffix ".txt" name then
      lib.replaceStrings [ "\n" ] [ "\r\n" ] text
    else
      text;

  buildWintvConfig =
    { pkgs, config }:
    pkgs.linkFarm "wintv-config-${config.wintv.hostName}" (
      lib.mapAttrsToList (name: text: {
        inherit name;
        path = pkgs.writeText (baseNameOf name) (forWindows name text);
      }) (textsOf config)
    );
in
(pkgs.linkFarm "wintv-config" (
  lib.mapAttrsToList (name: host: {
    inherit name;
    path = buildWintvConfig {
      inherit pkgs;
      config = configOf host;
    };
  }) hosts
))
// {
  inherit buildWintvConfig;
  textsFor = host: textsOf (configOf host);
}
