# A box under the television: it does one thing, and what is not needed for that is left out.
{ lib, ... }:
{
  documentation.nixos.enable = lib.mkDefault false;
  documentation.doc.enable = lib.mkDefault false;

  services.journald.extraConfig = ''
    SystemMaxUse=200M
  '';
}
