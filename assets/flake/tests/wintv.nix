# What is generated for a Windows machine, judged by the programs that will read it: PowerShell's own parser and
# Docker's compose. Nothing of Windows runs here.
{ pkgs, lib, ... }:
let
  host = {
    name = "wintv";
    locale.timezone = "Europe/Berlin";
  };
  evaluate =
    settings:
    (lib.evalModules {
      modules = [
        ../modules/wintv.nix
        {
          wintv = {
            enable = true;
          }
          // settings;
        }
      ];
      specialArgs = { inherit host; };
    }).config;
  complaintsOf =
    settings: map (check: check.message) (lib.filter (check: !check.assertion) (evaluate settings).assertions);
  refused = wanted: settings: lib.any (lib.hasInfix wanted) (complaintsOf settings);
  own = image: {
    containers.own = {
      inherit image;
      healthcheck = [ "true" ];
    };
  };

  generators = import ../lib/wintv-generators.nix { inherit lib pkgs; };
  folder = generators.buildWintvConfig {
    inherit pkgs;
    config = evaluate {
      domain = "tv.example.org";
      kiosk = "https://tv.example.org";
      services = {
        kanidm = true;
        lidarr = true;
        ollama = true;
        open-webui = true;
      };
    };
  };
in
assert complaintsOf { } == [ ];
assert refused "must name its image" (own "docker.io/own/thing:latest");
assert refused "must name its image" (own "own/thing");
assert refused "the page of ollama" { services.open-webui = true; };
assert refused "set wintv.domain" { services.kanidm = true; };
assert refused "waits for a container that does not exist" {
  containers.own = (own "docker.io/own/thing:1.0").containers.own // {
    dependsOn = [ "nobody" ];
  };
};
assert refused "lacks RedHat.Podman" { windows.packages = [ ]; };
pkgs.runCommand "test-wintv"
  {
    nativeBuildInputs = [
      pkgs.docker-compose
      pkgs.jq
      pkgs.powershell
    ];
  }
  ''
    export HOME=$PWD
    cp --recursive --dereference --no-preserve=mode ${folder} folder
    cd folder

    jq --exit-status '.hostName == "wintv"' wintv.json

    # The secrets are made on the machine.
    sed --in-place '/env_file:/,/required:/d' docker-compose.yml
    docker-compose --file docker-compose.yml config --quiet

    pwsh -NoProfile -NonInteractive -Command '
      $failed = $false
      foreach ($file in Get-ChildItem -Filter *.ps1) {
        $errors = $null
        [void][System.Management.Automation.Language.Parser]::ParseFile($file.FullName, [ref]$null, [ref]$errors)
        foreach ($problem in $errors) { Write-Output "$($file.Name): $problem"; $failed = $true }
      }
      if ($failed) { exit 1 }
    '
    touch "$out"
  ''
