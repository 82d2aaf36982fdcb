# Guests of every kind: virtual machines (libvirt), containers (Podman), Android (Waydroid), a graphics card
# handed to a guest (VFIO), and microVMs.
#
# Each kind is a switch of its own, and can be written short: `virtualization.podman = true;`. Nothing here
# depends on the rest of this flake; microVMs need microvm.nix' host module, which every host here has.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.virtualization;

  inherit (lib)
    mkEnableOption
    mkIf
    mkMerge
    mkOption
    types
    ;

  # `x = true;` for `x.enable = true;`
  switch =
    optionsOfKind:
    types.coercedTo types.bool (enable: { inherit enable; }) (
      types.submodule { options = optionsOfKind; }
    );

  pciId = types.strMatching "[0-9a-f]{4}:[0-9a-f]{4}" // {
    description = ''PCI id, as in the brackets of `lspci -nn`: "10de:2684"'';
  };

  passthrough = cfg.gpuPassthrough;
  passesThrough = cfg.enable && passthrough.ids != [ ];

  graphical =
    config.services.desktopManager.plasma6.enable
    || config.services.desktopManager.gnome.enable
    || config.programs.hyprland.enable
    || config.programs.sway.enable
    || config.services.cage.enable;

  hasMicrovm = options ? microvm;
in
{
  imports = [ ./virtualization-sandbox.nix ];

  options.virtualization = {
    enable = mkEnableOption "guests on this machine";

    users = mkOption {
      type = types.listOf types.str;
      default = lib.attrNames (
        lib.filterAttrs (
          _: user: user.isNormalUser && lib.elem "wheel" user.extraGroups
        ) config.users.users
      );
      defaultText = lib.literalMD "the ordinary users in the group wheel";
      description = ''
        Who may start guests without a password. Whoever may is as good as root: a guest can be given any
        disk of the machine.
      '';
    };

    libvirt = mkOption {
      type = switch { enable = mkEnableOption "virtual machines by libvirt and QEMU"; };
      default = { };
      description = "Virtual machines by libvirt, with UEFI and a software TPM for the guests.";
    };

    podman = mkOption {
      type = switch {
        enable = mkEnableOption "containers by Podman";
        dockerCompat = mkOption {
          type = types.bool;
          default = !config.virtualisation.docker.enable;
          defaultText = lib.literalMD "unless Docker itself is there";
          description = "Whether `docker` on the command line means Podman.";
        };
      };
      default = { };
      description = "Containers without a daemon that has root's rights.";
    };

    waydroid = mkOption {
      type = switch { enable = mkEnableOption "Android applications by Waydroid"; };
      default = { };
      description = "Android applications in windows of a Wayland session.";
    };

    gpuPassthrough = mkOption {
      type = types.coercedTo (types.listOf types.str) (ids: { inherit ids; }) (
        types.submodule {
          options = {
            ids = mkOption {
              type = types.listOf pciId;
              default = [ ];
              example = [
                "10de:2684"
                "10de:22ba"
              ];
              description = ''
                Devices that the host leaves alone, so that a guest can have them. A graphics card is two:
                the picture and the sound of its HDMI socket. Every device of that id is taken, so the
                host's own card has to be another model.
              '';
            };
            blacklistDrivers = mkOption {
              type = types.listOf types.str;
              default = [ ];
              example = [ "nouveau" ];
              description = "Kernel drivers that would take the card before VFIO does.";
            };
            lookingGlass = mkEnableOption "a window that shows the guest's screen through shared memory";
          };
        }
      );
      default = { };
      description = "A graphics card for a guest. Needs an IOMMU that is switched on in the firmware.";
    };

    microvm = mkOption {
      type = switch {
        enable = mkEnableOption "microVMs";
        sandbox = {
          enable = mkEnableOption "a microVM for looking at what is not trusted, with a disk that forgets";
          memory = mkOption {
            type = types.ints.between 256 65536;
            default = 2048;
            description = "Memory of the sandbox, in MiB.";
          };
          cores = mkOption {
            type = types.ints.positive;
            default = 2;
            description = "Processors of the sandbox.";
          };
        };
      };
      default = { };
      description = "Virtual machines that boot in a second and are described as NixOS configurations.";
    };
  };

  config = mkMerge [
    {
      assertions = [
        {
          assertion =
            !cfg.enable
            -> !(
              cfg.libvirt.enable
              || cfg.podman.enable
              || cfg.waydroid.enable
              || cfg.microvm.enable
              || passthrough.ids != [ ]
            );
          message = "virtualization: kinds of guests are chosen, but virtualization.enable is false; set it to true, or drop them.";
        }
      ];
    }

    (mkIf cfg.enable {
      assertions = [
        {
          assertion = passthrough.ids != [ ] -> cfg.libvirt.enable;
          message = "virtualization.gpuPassthrough: a card is set aside for a guest, but there are no guests to have it; set virtualization.libvirt = true.";
        }
        {
          assertion = lib.allUnique passthrough.ids;
          message = "virtualization.gpuPassthrough.ids names a device twice; once is enough for all cards of that id.";
        }
        {
          assertion = passthrough.ids != [ ] -> pkgs.stdenv.hostPlatform.isx86_64;
          message = "virtualization.gpuPassthrough: handing over a graphics card is set up here for x86_64 machines only.";
        }
        {
          assertion = passthrough.lookingGlass -> passthrough.ids != [ ];
          message = "virtualization.gpuPassthrough.lookingGlass shows the screen of a guest that has a graphics card; name the card in gpuPassthrough.ids.";
        }
        {
          assertion = cfg.waydroid.enable -> graphical;
          message = "virtualization.waydroid: Android's windows need a Wayland session; choose a desktop for this host, or drop waydroid.";
        }
        {
          assertion = cfg.microvm.enable -> hasMicrovm;
          message = "virtualization.microvm: import microvm.nix' host module (inputs.microvm.nixosModules.host) on this host.";
        }
        {
          assertion = cfg.microvm.sandbox.enable -> cfg.microvm.enable;
          message = "virtualization.microvm.sandbox: the sandbox is a microVM; set virtualization.microvm.enable = true as well.";
        }
      ];
    })

    (mkIf (cfg.enable && cfg.libvirt.enable) {
      virtualisation.libvirtd = {
        enable = true;
        qemu = {
          # Guests run as the user qemu-libvirtd, not as root.
          runAsRoot = false;
          # Windows 11 wants a TPM; the firmware images come with QEMU.
          swtpm.enable = true;
        };
        # Which guests start with the machine is said in each guest, not by what ran at the last shutdown.
        onBoot = "ignore";
        onShutdown = "shutdown";
      };
      virtualisation.spiceUSBRedirection.enable = true;
      programs.virt-manager.enable = graphical;

      users.groups.libvirtd.members = cfg.users;

      # Addresses and names for guests on libvirt's own network.
      networking.firewall.interfaces.virbr0 = {
        allowedTCPPorts = [ 53 ];
        allowedUDPPorts = [
          53
          67
        ];
      };

      # libvirt ships this network but does not start it.
      systemd.services.libvirt-default-network = {
        description = "Start libvirt's default network";
        wantedBy = [ "multi-user.target" ];
        requires = [ "libvirtd.service" ];
        after = [ "libvirtd.service" ];
        path = [ config.virtualisation.libvirtd.package ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
        };
        script = ''
          virsh --connect qemu:///system net-autostart default
          if ! virsh --connect qemu:///system net-list --name | grep --quiet --line-regexp default; then
            virsh --connect qemu:///system net-start default
          fi
        '';
      };
    })

    (mkIf (cfg.enable && cfg.podman.enable) {
      virtualisation.containers.enable = true;
      virtualisation.podman = {
        enable = true;
        inherit (cfg.podman) dockerCompat;
        # Containers of one network find each other by name.
        defaultNetwork.settings.dns_enabled = true;
        autoPrune.enable = true;
      };
    })

    (mkIf (cfg.enable && cfg.waydroid.enable) {
      virtualisation.waydroid = {
        enable = true;
        package = if config.networking.nftables.enable then pkgs.waydroid-nftables else pkgs.waydroid;
      };
    })

    (mkIf passesThrough {
      boot = {
        kernelParams = [
          "intel_iommu=on"
          # Devices that stay with the host are not slowed down by the translation.
          "iommu=pt"
          "vfio-pci.ids=${lib.concatStringsSep "," passthrough.ids}"
        ];
        # In the initrd and first, or the graphics driver takes the card.
        initrd.kernelModules = lib.mkBefore [
          "vfio_pci"
          "vfio"
          "vfio_iommu_type1"
        ];
        blacklistedKernelModules = passthrough.blacklistDrivers;
      };
    })

    (mkIf (passesThrough && passthrough.lookingGlass) {
      environment.systemPackages = [ pkgs.looking-glass-client ];
      users.groups.kvm.members = cfg.users;
      systemd.tmpfiles.settings.looking-glass."/dev/shm/looking-glass".f = {
        user = "qemu-libvirtd";
        group = "kvm";
        mode = "0660";
      };
    })

    (lib.optionalAttrs hasMicrovm {
      # The host module is in every host; its services are started only where microVMs are wanted.
      microvm.host.enable = lib.mkDefault (cfg.enable && cfg.microvm.enable);
    })
  ];
}
