# Addresses, names and packet rules of the travel router. The rules in one sentence: a client goes out through
# the tunnel if there is one, else through the uplink, and nothing comes in that was not asked for.
#
# A hotel's login page has to be reached outside the tunnel. `systemctl start travel-router-portal` (the page
# has a button for it) opens the way for ten minutes: the permission is an element of a set that expires by
# itself, so that it is closed again even if everything else fails.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.travelRouter;
  tunnels = cfg.vpn == "wireguard";
  ap = cfg.apInterface;
  network = lib.concatStringsSep "." (lib.take 3 (lib.splitString "." cfg.address));
  portalMinutes = 10;

  # What counts as the way out while the tunnel is not wanted, or the portal is open.
  uplink = if cfg.uplinkInterface == null then ''oifname != "${ap}"'' else ''oifname "${cfg.uplinkInterface}"'';

  rules =
    ''
      # Interfaces and users that may pass by the tunnel for a while.
      set portal_interfaces {
        type ifname
        flags timeout
      }
      set portal_users {
        type uid
        flags timeout
      }

      chain forward {
        type filter hook forward priority filter; policy accept;
        oifname "${ap}" ct state established,related accept
        oifname "${ap}" drop
        iifname "${ap}" jump clients
      }

      chain clients {
        # Clients have no IPv6; a packet that says otherwise is not theirs to send.
        meta nfproto ipv6 drop
        ip saddr != ${network}.0/24 drop
        # Networks between client and tunnel have smaller packets than either believes.
        tcp flags syn tcp option maxseg size set rt mtu
    ''
    + (
      if tunnels then
        ''
          oifname "${cfg.wireguard.interface}" accept
          iifname @portal_interfaces ${uplink} accept
          drop
        ''
      else
        ''
          ${uplink} accept
          drop
        ''
    )
    + ''
      }

      chain output {
        type filter hook output priority filter; policy accept;
    ''
    + lib.optionalString tunnels ''
      # The router asks for names on behalf of clients: that must not show outside either.
      meta skuid "dnsmasq" oifname { "lo", "${ap}", "${cfg.wireguard.interface}" } accept
      meta skuid @portal_users accept
      meta skuid "dnsmasq" meta l4proto { tcp, udp } th dport 53 drop
    ''
    + ''
      }

      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        ip saddr ${network}.0/24 oifname != "${ap}" masquerade
      }
    '';
in
{
  config = lib.mkIf (cfg.enable && ap != null) {
    boot.kernel.sysctl."net.ipv4.ip_forward" = 1;

    networking.firewall = {
      # Answers come back through the tunnel although the routing table alone would send them elsewhere.
      checkReversePath = lib.mkDefault "loose";
      interfaces.${ap} = {
        allowedTCPPorts = [ 53 ];
        allowedUDPPorts = [
          53
          67
        ];
      };
    };

    networking.nftables = {
      # The rules are checked while they are built, where the user dnsmasq does not exist.
      preCheckRuleset = ''
        sed --in-place 's/skuid "dnsmasq"/skuid nobody/' ruleset.conf
      '';
      tables.travel-router = {
        family = "inet";
        content = rules;
      };
    };

    services.dnsmasq = {
      enable = true;
      # For the clients only: the router itself asks as it did before.
      resolveLocalQueries = false;
      settings = {
        interface = ap;
        except-interface = "lo";
        # The interface comes and goes with the access point.
        bind-dynamic = true;
        # NetworkManager keeps the servers of the present connections there; the tunnel's alone while it is up.
        resolv-file = "/run/NetworkManager/no-stub-resolv.conf";
        no-hosts = true;
        domain-needed = true;
        # Reverse look-ups of private addresses mean nothing outside the network they belong to.
        bogus-priv = true;
        dhcp-authoritative = true;
        dhcp-range = "${network}.${toString cfg.dhcpRange.from},${network}.${toString cfg.dhcpRange.to},12h";
        dhcp-option = [
          "option:router,${cfg.address}"
          "option:dns-server,${cfg.address}"
        ];
        address = "/router.lan/${cfg.address}";
      };
    };

    systemd.services.travel-router-portal = {
      description = "Let clients reach a login page outside the tunnel for ${toString portalMinutes} minutes";
      path = [
        pkgs.nftables
        pkgs.coreutils
      ];
      serviceConfig.Type = "oneshot";
      script = ''
        nft add element inet travel-router portal_interfaces \
          '{ "${ap}" timeout ${toString portalMinutes}m }'
        nft add element inet travel-router portal_users \
          "{ $(id --user dnsmasq) timeout ${toString portalMinutes}m }"
      '';
    };
  };
}
