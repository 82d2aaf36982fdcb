# Games beside Steam, and a frame counter. Steam itself needs the system: profiles/features/nixos/gaming.nix.
{
  lib,
  pkgs,
  host,
  ...
}:
lib.mkIf (host.system == "x86_64-linux") {
  home.packages = [
    pkgs.heroic
    pkgs.protonup-qt
    pkgs.wineWow64Packages.stagingFull
    pkgs.winetricks
  ];

  programs.mangohud = {
    enable = true;
    settings = {
      # Shown when asked for, with Shift and F12 on the right.
      no_display = true;
      fps = true;
      frametime = true;
      gpu_temp = true;
      cpu_temp = true;
    };
  };

  # Shaders are compiled once, and the cache may grow before old ones are thrown out.
  home.sessionVariables = {
    MESA_SHADER_CACHE_MAX_SIZE = "10G";
    __GL_SHADER_DISK_CACHE_SKIP_CLEANUP = "1";
  };
}
