# The words that lib/constants.nix may use. A new feature begins with its name here (docs/adding-a-program.md).
{
  hostTypes = [
    "desktop"
    "laptop"
    "server"
    "appliance"
    "windows"
    "home"
  ];

  features = [
    "development"
    "multimedia"
    "gaming"
    "security"
    "virtualization"
    "infrastructure"
    "backup"
    "headless"
  ];

  desktops = [
    "plasma"
    "gnome"
    "hyprland"
    "none"
  ];

  loaders = [
    "systemd-boot"
    "lanzaboote"
  ];

  unlocks = [
    "tpm"
    "tpm-pin"
    "passphrase"
    "none"
  ];

  swapKinds = [
    "partition"
    "file"
    "zram"
    "none"
  ];

  ci = [
    null
    "forgejo"
    "hydra"
  ];
}
