# A portable access point: phones and laptops join its Wi-Fi, it goes out over another interface, through a
# WireGuard tunnel if wanted, and a web page switches it all.
#
# Who does what: NetworkManager runs the access point and everything that goes out; dnsmasq gives addresses
# and names to the clients; one nftables table translates, and keeps clients off the open network while the
# tunnel is down (travel-router-rules.nix). The page is travel-router-ui.nix.
#
# The access point needs a radio of its own. An interface that is client and access point at once follows the
# channel of the network it joins and drops every client when that moves, so the module refuses it.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.travelRouter;
  inherit (lib)
    mkEnableOption
    mkIf
    mkOption
    types
    ;

  profile = "travel-router";
  tunnels = cfg.vpn == "wireguard";
  hasPeer = tunnels && cfg.wireguard.peer != null;
  secretsAvailable = options ? hostSecrets && config.hostSecrets.available;

  interfaceName = types.strMatching "[^[:space:]/:]{1,15}" // {
    description = "name of a network interface";
  };
  ipv4 = types.strMatching "([0-9]{1,3}\\.){3}[0-9]{1,3}" // {
    description = "IPv4 address";
  };

  # Profiles of Wi-Fi clients that are tied to the interface of the access point.
  clientsOnAP = lib.filter (
    name:
    let
      other = config.networking.networkmanager.ensureProfiles.profiles.${name};
    in
    name != profile
    && (other.connection.type or "") == "wifi"
    && (other.connection.interface-name or "") == cfg.apInterface
  ) (lib.attrNames config.networking.networkmanager.ensureProfiles.profiles);
in
{
  imports = [
    ./travel-router-rules.nix
    ./travel-router-ui.nix
  ];

  options.travelRouter = {
    enable = mkEnableOption "the travel router";

    apInterface = mkOption {
      type = types.nullOr interfaceName;
      default = null;
      example = "wlp3s0";
      description = "Wi-Fi interface of the access point. It does nothing else.";
    };

    uplinkInterface = mkOption {
      type = types.nullOr interfaceName;
      default = null;
      example = "enp0s20f0u1";
      description = "The only interface that may go out. Null: whichever NetworkManager has a connection on.";
    };

    ssid = mkOption {
      type = types.strMatching "[^[:cntrl:]]{1,32}";
      default = "TravelRouter";
      description = "Name of the access point.";
    };

    security = mkOption {
      type = types.enum [
        "wpa2"
        "wpa3"
      ];
      default = "wpa2";
      description = "How clients prove that they know the passphrase. WPA3 is better and refused by old devices.";
    };

    passphraseFile = mkOption {
      type = types.str;
      default = "/var/lib/travel-router/passphrase";
      description = ''
        File with the passphrase of the access point, 8 to 63 characters. The default one is made up at the
        first start (read it there, or on the page) and can be changed on the page; another file cannot.
      '';
    };

    address = mkOption {
      type = ipv4;
      default = "10.42.0.1";
      description = "Address of the router in its own network, which is the /24 around it.";
    };

    dhcpRange = mkOption {
      type = types.submodule {
        options = {
          from = mkOption {
            type = types.ints.between 2 254;
            default = 100;
            description = "Last number of the first address that is given out.";
          };
          to = mkOption {
            type = types.ints.between 2 254;
            default = 250;
            description = "Last number of the last one.";
          };
        };
      };
      default = { };
      description = "Addresses for clients.";
    };

    vpn = mkOption {
      type = types.enum [
        "none"
        "wireguard"
      ];
      default = "none";
      description = ''
        With WireGuard nothing that a client sends leaves the router outside the tunnel, whether the tunnel
        is up or not. Without a peer below, the tunnel is loaded on the page, from the file of a provider.
      '';
    };

    wireguard = {
      interface = mkOption {
        type = interfaceName;
        default = "wg-vpn";
        description = "Name of the tunnel's interface, and of its connection in NetworkManager.";
      };
      addresses = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "10.64.1.2/32" ];
        description = "Addresses of this end of the tunnel.";
      };
      dns = mkOption {
        type = types.listOf ipv4;
        default = [ ];
        example = [ "10.64.0.1" ];
        description = "Name servers to ask through the tunnel.";
      };
      privateKeyFile = mkOption {
        type = types.nullOr types.str;
        default =
          if secretsAvailable && hasPeer then config.sops.secrets."wireguard/privateKey".path else null;
        defaultText = lib.literalMD "the secret `wireguard/privateKey`, if the host has secrets";
        description = "File with the private key of this end.";
      };
      peer = mkOption {
        type = types.nullOr (
          types.submodule {
            options = {
              publicKey = mkOption {
                type = types.strMatching "[A-Za-z0-9+/]{43}=";
                description = "Public key of the other end.";
              };
              endpoint = mkOption {
                type = types.strMatching ".+:[0-9]{1,5}";
                example = "vpn.example.org:51820";
                description = "Where the other end listens.";
              };
              allowedIPs = mkOption {
                type = types.listOf types.str;
                default = [
                  "0.0.0.0/0"
                  "::/0"
                ];
                description = "What goes through the tunnel.";
              };
            };
          }
        );
        default = null;
        description = "The other end of the tunnel.";
      };
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.enable {
      assertions = [
        {
          assertion = cfg.apInterface != null;
          message = "travelRouter.apInterface: name the Wi-Fi interface of the access point; `ip link` shows them.";
        }
        {
          assertion = cfg.apInterface == null || cfg.uplinkInterface != cfg.apInterface;
          message = "travelRouter: ${toString cfg.apInterface} cannot be the access point and the way out at once; give the access point a radio of its own, a USB stick for example.";
        }
        {
          assertion = clientsOnAP == [ ];
          message = "travelRouter: ${toString cfg.apInterface} is the access point, but the connection ${lib.concatStringsSep ", " clientsOnAP} uses it as a client; tie that one to another interface.";
        }
        {
          assertion =
            cfg.apInterface != null
            -> !(
              config.networking.wireless.enable
              && lib.elem cfg.apInterface config.networking.wireless.interfaces
            );
          message = "travelRouter: networking.wireless uses ${toString cfg.apInterface} as a client; take it out of networking.wireless.interfaces.";
        }
        {
          assertion = !config.services.hostapd.enable;
          message = "travelRouter: services.hostapd would run a second access point; NetworkManager runs this one, so switch hostapd off.";
        }
        {
          assertion = config.networking.networkmanager.dns != "dnsmasq";
          message = ''travelRouter: networking.networkmanager.dns = "dnsmasq" starts a second dnsmasq on the same port; use another resolver.'';
        }
        {
          assertion = config.networking.nftables.enable;
          message = "travelRouter: the rules are nftables rules; set networking.nftables.enable = true.";
        }
        {
          assertion = cfg.dhcpRange.from <= cfg.dhcpRange.to;
          message = "travelRouter.dhcpRange ends before it begins: ${toString cfg.dhcpRange.from} to ${toString cfg.dhcpRange.to}.";
        }
        {
          assertion = cfg.wireguard.peer != null -> tunnels;
          message = ''travelRouter.wireguard.peer is described but travelRouter.vpn is "none"; set it to "wireguard", or drop the peer.'';
        }
        {
          assertion = hasPeer -> cfg.wireguard.privateKeyFile != null && cfg.wireguard.addresses != [ ];
          message = "travelRouter.wireguard: a tunnel needs its own addresses and its private key; set addresses and privateKeyFile.";
        }
        {
          assertion = tunnels -> cfg.wireguard.interface != cfg.apInterface;
          message = "travelRouter.wireguard.interface has the name of the access point's interface; choose another.";
        }
      ];

      networking.networkmanager = {
        enable = true;
        ensureProfiles = {
          profiles = {
            ${profile} = {
              connection = {
                id = profile;
                # Written down, so that what the page changes replaces this profile instead of joining it.
                uuid = "3d9e58f4-6a7c-4b1e-9f53-2a1c0b7d4e10";
                type = "wifi";
                interface-name = cfg.apInterface;
                autoconnect = true;
                # Above every network that this radio might know as a client.
                autoconnect-priority = 100;
              };
              wifi = {
                mode = "ap";
                inherit (cfg) ssid;
              };
              wifi-security = {
                key-mgmt = if cfg.security == "wpa3" then "sae" else "wpa-psk";
                proto = "rsn;";
                pairwise = "ccmp;";
                group = "ccmp;";
                psk-flags = 1;
              };
              # Not "shared": that would start a DHCP server and rules of NetworkManager's own beside ours.
              ipv4 = {
                method = "manual";
                address1 = "${cfg.address}/24";
                never-default = true;
              };
              # Clients get no IPv6, so none of it can pass by the tunnel.
              ipv6.method = "disabled";
            };
          }
          // lib.optionalAttrs hasPeer {
            ${cfg.wireguard.interface} = {
              connection = {
                id = cfg.wireguard.interface;
                uuid = "3d9e58f4-6a7c-4b1e-9f53-2a1c0b7d4e11";
                type = "wireguard";
                interface-name = cfg.wireguard.interface;
                autoconnect = true;
              };
              wireguard.private-key-flags = 1;
              "wireguard-peer.${cfg.wireguard.peer.publicKey}" = {
                inherit (cfg.wireguard.peer) endpoint;
                allowed-ips = lib.concatMapStrings (range: "${range};") cfg.wireguard.peer.allowedIPs;
                persistent-keepalive = 25;
              };
              ipv4 = {
                method = "manual";
                # Name servers of the tunnel alone, whatever the network outside announces.
                dns-priority = -50;
                dns = lib.concatMapStrings (server: "${server};") cfg.wireguard.dns;
              }
              // lib.listToAttrs (
                lib.imap1 (
                  number: address: lib.nameValuePair "address${toString number}" address
                ) cfg.wireguard.addresses
              );
              ipv6.method = "disabled";
            };
          };

          secrets.entries = [
            {
              matchId = profile;
              matchType = "802-11-wireless";
              matchSetting = "802-11-wireless-security";
              key = "psk";
              file = cfg.passphraseFile;
            }
          ]
          ++ lib.optional hasPeer {
            matchId = cfg.wireguard.interface;
            matchType = "wireguard";
            matchSetting = "wireguard";
            key = "private-key";
            file = cfg.wireguard.privateKeyFile;
          };
        };
      };

      # A passphrase before the access point first asks for it: 20 letters and digits, about 100 bits.
      systemd.services.travel-router-passphrase =
        mkIf (cfg.passphraseFile == options.travelRouter.passphraseFile.default) {
          description = "Make up the passphrase of the access point";
          wantedBy = [ "multi-user.target" ];
          before = [ "NetworkManager.service" ];
          unitConfig.ConditionPathExists = "!${cfg.passphraseFile}";
          path = [ pkgs.coreutils ];
          serviceConfig = {
            Type = "oneshot";
            User = "travel-router";
            StateDirectory = "travel-router";
            StateDirectoryMode = "0700";
            UMask = "0077";
          };
          script = ''
            tr --delete --complement 'a-km-z2-9' < /dev/urandom | head --bytes=20 > ${lib.escapeShellArg cfg.passphraseFile}
          '';
        };

      users.users.travel-router = {
        isSystemUser = true;
        group = "travel-router";
      };
      users.groups.travel-router = { };
    })

    # Only where sops-nix is: elsewhere the option itself does not exist.
    (lib.optionalAttrs (options ? sops) {
      sops.secrets = mkIf (cfg.enable && secretsAvailable && hasPeer) { "wireguard/privateKey" = { }; };
    })
  ];
}
