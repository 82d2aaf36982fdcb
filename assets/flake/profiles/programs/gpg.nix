# GPG, for what still speaks OpenPGP. SSH and commit signing do not go through it: those keys are in the TPM.
{ pkgs, host, ... }:
{
  programs.gpg = {
    enable = true;
    settings = {
      # Show whole key ids; short ones can be forged.
      keyid-format = "0xlong";
      with-fingerprint = true;
      personal-cipher-preferences = "AES256 AES192 AES";
      personal-digest-preferences = "SHA512 SHA384 SHA256";
      cert-digest-algo = "SHA512";
      no-emit-version = true;
      no-comments = true;
    };
  };

  services.gpg-agent = {
    enable = true;
    enableSshSupport = false;
    defaultCacheTtl = 1800;
    maxCacheTtl = 7200;
    pinentry.package =
      if host.desktop == "plasma" then
        pkgs.pinentry-qt
      else if host.desktop == "none" then
        pkgs.pinentry-curses
      else
        pkgs.pinentry-gnome3;
  };
}
