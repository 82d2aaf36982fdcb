# The words that lib/constants.nix may use. A new feature begins with its name here (docs/adding-a-program.md).
{
  # The attributes of a host, as they are written.
  written = [
    "system"
    "hostType"
    "hostFeatures"
    "desktop"
    "stateVersion"
    "keyName"
    "locale"
    "users"
    "disk"
    "boot"
    "tpm"
    "network"
    "repository"
    "builders"
    "ci"
  ];

  # Those that lib/hosts.nix adds.
  derived = [
    "name"
    "publicKeys"
    "secretsFile"
  ];

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
    # The TPM alone, although the firmware starts any kernel: whoever has the machine gets the key.
    "tpm-without-secure-boot"
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
