# A machine that strangers can reach: it is quiet, it slows down who guesses, and it keeps its records.
{
  services.fail2ban = {
    enable = true;
    maxretry = 5;
    bantime = "1h";
    # Who comes back is banned for longer, up to a week.
    bantime-increment = {
      enable = true;
      maxtime = "168h";
    };
  };

  # No radio that pairs.
  hardware.bluetooth.enable = false;

  # Records survive a reboot and never fill the disk.
  services.journald.extraConfig = ''
    Storage=persistent
    SystemMaxUse=1G
  '';
}
