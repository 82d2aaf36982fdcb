# Sizes as people write them ("32GiB", "512MiB") in mebibytes, the unit of swapDevices.
{ lib }:
let
  mebibytes = {
    MiB = 1;
    GiB = 1024;
    TiB = 1024 * 1024;
  };
in
{
  toMebibytes =
    text:
    let
      parts = builtins.match "([0-9]+) ?(MiB|GiB|TiB)" text;
    in
    if parts == null then
      throw ''lib/constants.nix: "${text}" is not a size; write a whole number and a unit, like "32GiB" or "512MiB"''
    else
      lib.toInt (lib.head parts) * mebibytes.${lib.last parts};
}
