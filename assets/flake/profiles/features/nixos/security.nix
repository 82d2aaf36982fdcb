# A machine on which security is worked on: it keeps more records of itself, and its tools may do what
# ordinary programs may not (capture packets), for the operator only.
{
  lib,
  pkgs,
  host,
  operator,
  ...
}:
{
  # Beside what hosts/common/security.nix records: what ran with root's rights, and changes of the accounts.
  security.audit.rules = [
    "-a always,exit -F arch=b64 -S execve -F euid=0 -F auid>=1000 -F auid!=-1 -k root-command"
    "-w /etc/passwd -p wa -k accounts"
    "-w /etc/shadow -p wa -k accounts"
    "-w /etc/sudoers -p wa -k accounts"
  ];

  # Capturing packets without being root.
  programs.wireshark = {
    enable = true;
    package = if host.desktop == "none" then pkgs.wireshark-cli else pkgs.wireshark;
  };
  users.users = lib.optionalAttrs (operator != null) {
    ${operator}.extraGroups = [ "wireshark" ];
  };

  # Documents and sites that are not trusted are opened in a cage.
  programs.firejail.enable = true;

  environment.systemPackages = [
    pkgs.lynis
    pkgs.nmap
    pkgs.tcpdump
  ];
}
