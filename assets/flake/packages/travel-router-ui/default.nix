# The web page of the travel router: Python's standard library and nothing else. One argument: the settings,
# a JSON file, as modules/travel-router-ui.nix writes it.
{
  lib,
  stdenvNoCC,
  makeWrapper,
  python3,
}:
stdenvNoCC.mkDerivation {
  pname = "travel-router-ui";
  version = "1";

  src = lib.fileset.toSource {
    root = ./.;
    fileset = ./travel_router_ui;
  };

  nativeBuildInputs = [ makeWrapper ];

  installPhase = ''
    runHook preInstall
    mkdir -p $out/lib $out/bin
    cp -r travel_router_ui $out/lib/
    # -I: nothing from the environment or the present folder gets into the program.
    makeWrapper ${lib.getExe python3} $out/bin/travel-router-ui \
      --add-flags "-I -B $out/lib/travel_router_ui"
    runHook postInstall
  '';

  meta = {
    description = "Web page of the travel router";
    mainProgram = "travel-router-ui";
  };
}
