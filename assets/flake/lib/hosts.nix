# Turns lib/constants.nix into what the rest of the flake works with: every host with every attribute in
# place, sorted by what is built for it. A host added by hand needs `system` and `hostFeatures` and nothing else.
#
# Beside the attributes of the entry a host has:
#
#   name         its name in constants.hosts
#   keyName      the name in its key labels and of keys/NAME.json and secrets/NAME.yaml; a renamed host keeps it
#   publicKeys   keys/NAME.json, or { } before the keys are enrolled
#   secretsFile  secrets/NAME.yaml, or null before there are secrets
{ lib, constants }:
let
  # What a host is when neither its entry nor `constants.defaults` says otherwise.
  fallback = {
    hostType = "desktop";
    desktop = "none";
    stateVersion = "25.11";
    locale = {
      timezone = "UTC";
      language = "en_US.UTF-8";
      keymap = "us";
      xkbLayout = "us";
    };
    users = { };
    disk = {
      layout = "manual";
      encrypted = false;
      impermanence = false;
      swap.kind = "none";
    };
    boot = {
      loader = "systemd-boot";
      unlock = "none";
    };
    tpm = {
      keys = false;
      operatorKeys = false;
      pin = false;
    };
    network.wifi = [ ];
    repository = {
      remote = "";
      branch = "main";
    };
    builders = [ ];
    ci = null;
  };

  userFallback = {
    operator = false;
    fullName = "";
    email = "";
    sshKeys = [ ];
  };

  complete =
    name: entry:
    let
      merged = lib.recursiveUpdate (lib.recursiveUpdate fallback (constants.defaults or { })) entry;
      # What nobody but the entry can know.
      needs =
        attribute: example:
        merged.${attribute}
          or (throw ''lib/constants.nix: host "${name}" needs ${attribute}, for example ${attribute} = ${example};'');
      features = needs "hostFeatures" ''[ "development" ]'';
      keyName = merged.keyName or name;
      keysFile = ../keys + "/${keyName}.json";
      secretsFile = ../secrets + "/${keyName}.yaml";
    in
    merged
    // {
      inherit name keyName;
      system = needs "system" ''"x86_64-linux"'';
      hostFeatures =
        if builtins.isList features && builtins.all builtins.isString features then
          features
        else
          throw ''lib/constants.nix: host "${name}": hostFeatures is a list of names, such as [ "development" ], or [ ] for none'';
      users = lib.mapAttrs (_: user: userFallback // user) merged.users;
      publicKeys = if lib.pathExists keysFile then lib.importJSON keysFile else { };
      secretsFile = if lib.pathExists secretsFile then secretsFile else null;
    };

  all = lib.mapAttrs complete (constants.hosts or { });
  ofType = types: lib.filterAttrs (_: host: lib.elem host.hostType types) all;
  notOfType = types: lib.filterAttrs (_: host: !lib.elem host.hostType types) all;
in
{
  inherit all;

  # NixOS machines.
  nixos = notOfType [
    "windows"
    "home"
  ];

  # Everything that has homes: NixOS machines, and other Linux systems with Home Manager alone.
  homes = notOfType [ "windows" ];

  # Windows machines: they get a folder of generated configuration (packages.wintv-config).
  windows = ofType [ "windows" ];
}
