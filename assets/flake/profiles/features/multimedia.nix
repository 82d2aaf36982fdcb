# Playing, fetching, converting. On a machine without a desktop only the programs that need no window.
{
  lib,
  pkgs,
  host,
  ...
}:
let
  hasDesktop = host.desktop != "none";
in
{
  home.packages = [
    pkgs.ffmpeg
    pkgs.imagemagick
    pkgs.mediainfo
  ]
  ++ lib.optionals hasDesktop [
    pkgs.audacity
    pkgs.gimp
    pkgs.inkscape
    pkgs.pavucontrol
  ];

  programs = {
    yt-dlp = {
      enable = true;
      settings = {
        embed-metadata = true;
        embed-subs = true;
        sub-langs = "all,-live_chat";
      };
    };

    mpv = lib.mkIf hasDesktop {
      enable = true;
      config = {
        # Decoding in the graphics chip wherever that is safe.
        hwdec = "auto-safe";
        profile = "high-quality";
        save-position-on-quit = true;
        screenshot-format = "png";
      };
    };

    obs-studio.enable = hasDesktop && host.system == "x86_64-linux";
  };
}
