# Hyprland for one user: bindings, bar, lock, notifications. The compositor itself comes from the system,
# so that its version and the graphics drivers belong together.
{
  lib,
  pkgs,
  host,
  ...
}:
let
  terminal = lib.getExe pkgs.alacritty;
  launcher = lib.getExe pkgs.fuzzel;
  lock = "loginctl lock-session";
  inUnit = command: "uwsm app -- ${command}";

  # Super and a digit go to a workspace; with Shift they take the window along.
  workspaces = lib.concatMap (
    number:
    let
      key = toString (lib.mod number 10);
      target = toString number;
    in
    [
      "SUPER, ${key}, workspace, ${target}"
      "SUPER SHIFT, ${key}, movetoworkspace, ${target}"
    ]
  ) (lib.range 1 10);
in
{
  wayland.windowManager.hyprland = {
    enable = true;
    # Both come from programs.hyprland of NixOS.
    package = null;
    portalPackage = null;
    # UWSM starts the session's units itself.
    systemd.enable = false;

    settings = {
      monitor = [ ", preferred, auto, auto" ];
      input = {
        kb_layout = host.locale.xkbLayout;
        touchpad.natural_scroll = true;
      };
      general = {
        gaps_in = 4;
        gaps_out = 8;
        layout = "dwindle";
      };
      misc = {
        disable_hyprland_logo = true;
        force_default_wallpaper = 0;
      };
      exec-once = [ (inUnit "${pkgs.hyprpolkitagent}/libexec/hyprpolkitagent") ];

      bind = [
        "SUPER, Return, exec, ${inUnit terminal}"
        "SUPER, D, exec, ${inUnit launcher}"
        "SUPER, Q, killactive"
        "SUPER, F, fullscreen"
        "SUPER, V, togglefloating"
        "SUPER, L, exec, ${lock}"
        "SUPER SHIFT, E, exec, uwsm stop"
        "SUPER, left, movefocus, l"
        "SUPER, right, movefocus, r"
        "SUPER, up, movefocus, u"
        "SUPER, down, movefocus, d"
        '', Print, exec, grim -g "$(slurp)" - | wl-copy''
      ]
      ++ workspaces;

      # Also while the screen is locked.
      bindel = [
        ", XF86AudioRaiseVolume, exec, wpctl set-volume -l 1 @DEFAULT_AUDIO_SINK@ 5%+"
        ", XF86AudioLowerVolume, exec, wpctl set-volume @DEFAULT_AUDIO_SINK@ 5%-"
        ", XF86MonBrightnessUp, exec, brightnessctl set 5%+"
        ", XF86MonBrightnessDown, exec, brightnessctl set 5%-"
      ];
      bindl = [
        ", XF86AudioMute, exec, wpctl set-mute @DEFAULT_AUDIO_SINK@ toggle"
        ", XF86AudioPlay, exec, playerctl play-pause"
      ];
      bindm = [
        "SUPER, mouse:272, movewindow"
        "SUPER, mouse:273, resizewindow"
      ];
    };
  };

  programs.fuzzel.enable = true;

  programs.waybar = {
    enable = true;
    systemd.enable = true;
    settings.main = {
      layer = "top";
      height = 28;
      modules-left = [ "hyprland/workspaces" ];
      modules-center = [ "hyprland/window" ];
      modules-right = [
        "network"
        "wireplumber"
      ]
      ++ lib.optional (host.hostType == "laptop") "battery"
      ++ [
        "clock"
        "tray"
      ];
      clock.format = "{:%a %d.%m. %H:%M}";
      network = {
        format-wifi = "{essid}";
        format-ethernet = "wired";
        format-disconnected = "offline";
      };
      wireplumber.format = "vol {volume}%";
      battery.format = "bat {capacity}%";
    };
  };

  # Locks after five minutes and before sleep; the screen goes dark a little later.
  services.hypridle = {
    enable = true;
    settings = {
      general = {
        lock_cmd = "pidof hyprlock || hyprlock";
        before_sleep_cmd = lock;
        after_sleep_cmd = "hyprctl dispatch dpms on";
      };
      listener = [
        {
          timeout = 300;
          on-timeout = lock;
        }
        {
          timeout = 330;
          on-timeout = "hyprctl dispatch dpms off";
          on-resume = "hyprctl dispatch dpms on";
        }
      ];
    };
  };

  services.mako = {
    enable = true;
    settings.default-timeout = 8000;
  };
}
