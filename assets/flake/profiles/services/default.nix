# Services that follow from the kind of machine. Each file decides for itself whether it applies.
{
  imports = [
    ./audio.nix
    ./bluetooth.nix
    ./ci.nix
    ./kiosk.nix
    ./power.nix
    ./printing.nix
    ./storage.nix
  ];
}
