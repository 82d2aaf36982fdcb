# The medium that repairs: everything of the installer, and the tools for a machine that does not start. It
# opens no disk and starts nothing by itself; `mnemonix keys` begins with the words.
{
  pkgs,
  modulesPath,
  ...
}:
{
  imports = [
    (modulesPath + "/installer/cd-dvd/installation-cd-minimal.nix")
    ./tools.nix
  ];

  networking.hostName = "recovery";
  isoImage.edition = "recovery";

  environment.systemPackages = [
    # Files and partitions that were lost.
    pkgs.ddrescue
    pkgs.testdisk
    pkgs.e2fsprogs
    pkgs.ntfs3g
    pkgs.restic
    pkgs.borgbackup

    # Is it the hardware?
    pkgs.dmidecode
    pkgs.lshw
    pkgs.memtester
    pkgs.nvme-cli
    pkgs.smartmontools
    pkgs.stress-ng

    # Is it the boot?
    pkgs.efibootmgr
    pkgs.efitools
  ];

  users.motd = ''

    Recovery medium. Nothing has been touched.

      mnemonix keys enroll  keys back into the TPM, from the 24 words
      mnemonix keys show --host NAME --reveal
                            the passphrase that opens the old disk, from the 24 words
      lsblk -f              what is on the disks
      nixos-enter           a shell in the system mounted on /mnt
      nmtui                 join a network

  '';
}
