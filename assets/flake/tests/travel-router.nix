# The travel router between a client and the internet: addresses, translation, the kill switch of the tunnel,
# the portal, and the page. Wi-Fi itself is two simulated radios of the kernel in the router, one of which
# joins the access point on the other from a network namespace.
{
  pkgs,
  lib,
  nixosModules,
  ...
}:
let
  password = "correct horse";

  complaintsOf =
    configuration:
    map (check: check.message) (
      lib.filter (check: !check.assertion)
        (import "${pkgs.path}/nixos/lib/eval-config.nix" {
          system = null;
          modules = [
            nixosModules.travel-router
            {
              nixpkgs.pkgs = pkgs;
              boot.loader.grub.enable = false;
              fileSystems."/".device = "none";
              fileSystems."/".fsType = "tmpfs";
              networking.nftables.enable = true;
              system.stateVersion = "25.11";
            }
            configuration
          ];
        }).config.assertions
    );
  refused = wanted: configuration: lib.any (lib.hasInfix wanted) (complaintsOf configuration);
  router = settings: { travelRouter = { enable = true; } // settings; };
in
assert refused "name the Wi-Fi interface" (router { });
assert refused "the access point and the way out at once" (router {
  apInterface = "wlp3s0";
  uplinkInterface = "wlp3s0";
});
assert refused "uses it as a client" (
  router { apInterface = "wlp3s0"; }
  // {
    networking.networkmanager.ensureProfiles.profiles.home = {
      connection = {
        id = "home";
        type = "wifi";
        interface-name = "wlp3s0";
      };
      wifi.ssid = "home";
    };
  }
);
assert refused "second access point" (
  router { apInterface = "wlp3s0"; } // { services.hostapd.enable = true; }
);
assert refused "ends before it begins" (router {
  apInterface = "wlp3s0";
  dhcpRange = {
    from = 200;
    to = 100;
  };
});
assert refused "set it to \"wireguard\", or drop the peer" (router {
  apInterface = "wlp3s0";
  wireguard.peer = {
    publicKey = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";
    endpoint = "vpn.example.org:51820";
  };
});
pkgs.testers.runNixOSTest {
  name = "travel-router";

  nodes = {
    # What is outside: a web server, and a name server that writes down who asks.
    outside = {
      networking.firewall.enable = false;
      services.nginx = {
        enable = true;
        virtualHosts.outside.locations."/".return = "200 'the internet'";
      };
    };

    router = {
      imports = [ nixosModules.travel-router ];
      boot.kernelModules = [ "mac80211_hwsim" ];
      networking.nftables.enable = true;
      # The interface of the test network is no business of NetworkManager.
      networking.networkmanager.unmanaged = [ "interface-name:eth*" ];
      travelRouter = {
        enable = true;
        apInterface = "wlan0";
        ssid = "Road";
        vpn = "wireguard";
        webUI = true;
      };
      environment.systemPackages = [
        pkgs.iw
        pkgs.wpa_supplicant
        pkgs.dhcpcd
        pkgs.mkpasswd
      ];
      systemd.services.give-password = {
        wantedBy = [ "sockets.target" ];
        before = [ "travel-router-ui.socket" ];
        unitConfig.DefaultDependencies = false;
        serviceConfig.Type = "oneshot";
        script = ''
          mkdir -p /var/lib/travel-router
          echo '${password}' | ${lib.getExe pkgs.mkpasswd} --stdin > /var/lib/travel-router/password-hash
          chown -R travel-router: /var/lib/travel-router
        '';
      };
    };
  };

  testScript = ''
    start_all()
    outside.wait_for_unit("nginx.service")
    router.wait_for_unit("NetworkManager.service")
    router.wait_until_succeeds("nmcli --terse --fields NAME connection show --active | grep --line-regexp travel-router")
    router.wait_for_unit("dnsmasq.service")

    # The second radio goes into a namespace of its own: a client who knows the passphrase.
    router.succeed("nmcli device set wlan1 managed no")
    router.succeed("ip netns add client")
    phy = router.succeed("basename $(readlink /sys/class/net/wlan1/phy80211)").strip()
    router.succeed(f"iw phy {phy} set netns name client")
    router.succeed(
        "umask 077; passphrase=$(cat /var/lib/travel-router/passphrase); "
        "test ''${#passphrase} = 20; wpa_passphrase Road $passphrase > /run/client.conf"
    )
    router.succeed("ip netns exec client ip link set lo up")
    router.succeed("ip netns exec client wpa_supplicant -B -i wlan1 -c /run/client.conf")
    router.wait_until_succeeds("ip netns exec client iw dev wlan1 link | grep --quiet Connected")
    router.succeed("ip netns exec client dhcpcd --oneshot --noarp wlan1")
    router.succeed("ip netns exec client ip -4 address show wlan1 | grep --quiet 10.42.0.")
    client = "ip netns exec client "
    address = outside.succeed("ip -4 -o address show eth1 | grep -o '192[0-9.]*' | head -1").strip()
    fetch = f"{client} curl --fail --silent --max-time 5 http://{address}/"

    with subtest("without the tunnel a client reaches nothing, not even names"):
        router.succeed(f"curl --fail --silent http://{address}/")
        router.fail(fetch)
        router.fail("setpriv --reuid dnsmasq --clear-groups ${lib.getExe pkgs.netcat} -w 3 -z " + address + " 53")

    with subtest("the portal opens the way, and only by its set"):
        router.succeed("systemctl start travel-router-portal.service")
        assert "the internet" in router.succeed(fetch)
        router.succeed("nft flush set inet travel-router portal_interfaces")
        router.fail(fetch)

    with subtest("through an interface with the tunnel's name it goes out"):
        router.succeed("ip link add wg-vpn type dummy && ip link set wg-vpn up && ip route add 203.0.113.0/24 dev wg-vpn")
        router.execute(f"{client} ping -c 1 -W 1 203.0.113.1")
        router.succeed("ip -s link show wg-vpn | awk '/TX:/ { getline; exit $1 == 0 }'")

    with subtest("nobody outside reaches the page or the names"):
        outside.fail("curl --insecure --silent --max-time 3 https://router/")
        outside.fail("${lib.getExe pkgs.netcat} -w 3 -z router 443")

    with subtest("a client signs in on the page, and it may do what it shows"):
        page = "https://10.42.0.1"
        curl = client + "curl --silent --insecure --cookie /run/jar --cookie-jar /run/jar --max-time 30 "
        token = "grep -o 'name=\"token\" value=\"[^\"]*' | head -1 | sed 's/.*\"//'"
        router.wait_until_succeeds(f"{curl} {page}/login | grep --quiet password")
        router.succeed(
            f"token=$({curl} {page}/login | {token}); "
            f"{curl} --data-urlencode token=$token --data-urlencode 'password=${password}' {page}/login"
        )
        assert "wlan0" in router.succeed(f"{curl} {page}/")
        router.succeed(
            f"token=$({curl} {page}/wifi | {token}); {curl} --data-urlencode token=$token {page}/portal"
        )
        assert "the internet" in router.succeed(fetch)

    with subtest("its user has no other rights"):
        router.fail("su -s /bin/sh travel-router -c 'systemctl stop sshd.service'")
        router.fail("su -s /bin/sh travel-router -c 'systemctl start nginx.service'")
        router.fail("su -s /bin/sh travel-router -c 'nft list ruleset'")
  '';
}
