# The web page of the travel router, and what its program may do: talk to NetworkManager, open the portal,
# reboot. It has no other rights; polkit grants these to its user by name.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.travelRouter;
  ui = cfg.webUI;
  inherit (lib) mkEnableOption mkOption types;

  enabled = cfg.enable && ui.enable && cfg.apInterface != null;

  # The operator signs in with the password of the machine, of which only the hash is needed. It is the last
  # good one: a cleared TPM does not lock anyone out here either.
  secrets = config.hostSecrets;
  operatorWithHash =
    if options ? hostSecrets && secrets.available then
      lib.findFirst (user: secrets.passwords.${user} == "user/hashedPassword") null (
        lib.attrNames secrets.passwords
      )
    else
      null;
  ownPassphrase = cfg.passphraseFile == options.travelRouter.passphraseFile.default;
  package = pkgs.callPackage ../packages/travel-router-ui { };

  makeCertificate = pkgs.writeShellApplication {
    name = "travel-router-certificate";
    runtimeInputs = [
      pkgs.gnugrep
      pkgs.openssl
    ];
    text = ''
      cd /var/lib/travel-router
      # Again when the address changed, and before it runs out.
      if ! openssl x509 -in certificate.pem -noout -checkend 2592000 -checkip ${cfg.address} 2>/dev/null \
          | grep --quiet 'does match certificate'; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
          -subj "/CN=travel router" -addext "subjectAltName=IP:${cfg.address},DNS:router.lan" \
          -keyout certificate-key.pem -out certificate.pem
      fi
    '';
  };

  settings = (pkgs.formats.json { }).generate "travel-router-ui.json" {
    inherit (cfg) address apInterface uplinkInterface;
    hosts = [
      cfg.address
      "router.lan"
    ];
    hotspotConnection = "travel-router";
    passphraseFile = if ownPassphrase then cfg.passphraseFile else null;
    vpnConnection = if cfg.vpn == "wireguard" then cfg.wireguard.interface else null;
    vpnIsDeclared = cfg.wireguard.peer != null;
    portalUnit = "travel-router-portal.service";
    leasesFile = "/var/lib/dnsmasq/dnsmasq.leases";
    nmcli = lib.getExe' pkgs.networkmanager "nmcli";
    systemctl = lib.getExe' config.systemd.package "systemctl";
    libcrypt = "${pkgs.libxcrypt}/lib/libcrypt.so";
    certificate = if ui.tls then "/var/lib/travel-router/certificate.pem" else null;
    certificateKey = if ui.tls then "/var/lib/travel-router/certificate-key.pem" else null;
  };
in
{
  options.travelRouter.webUI = mkOption {
    type = types.coercedTo types.bool (enable: { inherit enable; }) (
      types.submodule (
        submodule:
        {
          options = {
            enable = mkEnableOption "the web page of the travel router";
            tls = mkOption {
              type = types.bool;
              default = true;
              description = ''
                Whether the page speaks HTTPS, with a certificate that it makes for itself. Browsers warn
                once; without it, everybody who knows the passphrase of the access point can read the login.
              '';
            };
            port = mkOption {
              type = types.port;
              default = if submodule.config.tls then 443 else 80;
              defaultText = lib.literalExpression "if tls then 443 else 80";
              description = "Port of the page.";
            };
            passwordHashFile = mkOption {
              type = types.str;
              default =
                if operatorWithHash != null then
                  "${secrets.stateDirectory}/passwords/${operatorWithHash}"
                else
                  "/var/lib/travel-router/password-hash";
              defaultText = lib.literalMD "the hash of the operator's password, if the host has secrets";
              description = ''
                File with the hash of the password for the page, as `mkpasswd` prints it. While there is no
                such file the page does not start.
              '';
            };
          };
        }
      )
    );
    default = { };
    description = "A page on the access point that shows and switches everything.";
  };

  config = lib.mkIf enabled {
    networking.firewall.interfaces.${cfg.apInterface}.allowedTCPPorts = [ ui.port ];

    # systemd opens the port: the program needs no right to do so. FreeBind, because the address belongs to
    # the access point and comes with it.
    systemd.sockets.travel-router-ui = {
      description = "Port of the travel router's page";
      wantedBy = [ "sockets.target" ];
      unitConfig.ConditionPathExists = ui.passwordHashFile;
      socketConfig = {
        ListenStream = "${cfg.address}:${toString ui.port}";
        FreeBind = true;
      };
    };

    systemd.services.travel-router-ui = {
      description = "Web page of the travel router";
      requires = [ "travel-router-ui.socket" ];
      after = [
        "NetworkManager.service"
        "travel-router-passphrase.service"
      ];
      serviceConfig = {
        User = "travel-router";
        StateDirectory = "travel-router";
        StateDirectoryMode = "0700";
        # Files for NetworkManager to read once: in memory, gone with the program.
        RuntimeDirectory = "travel-router-ui";
        RuntimeDirectoryMode = "0700";
        LoadCredential = [ "password-hash:${ui.passwordHashFile}" ];
        ExecStartPre = lib.mkIf ui.tls [ (lib.getExe makeCertificate) ];
        ExecStart = "${lib.getExe package} ${settings}";
        Restart = "on-failure";

        CapabilityBoundingSet = "";
        LockPersonality = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        # The socket is inherited; what is left to open is D-Bus.
        RestrictAddressFamilies = [ "AF_UNIX" ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service"
          "~@privileged"
        ];
        UMask = "0077";
        TasksMax = 64;
        MemoryMax = "256M";
      };
    };

    security.polkit.enable = true;
    security.polkit.extraConfig = ''
      // The page of the travel router: networks, the portal, a reboot. Nothing else.
      polkit.addRule(function (action, subject) {
        if (subject.user !== "travel-router") {
          return polkit.Result.NOT_HANDLED;
        }
        var allowed = [
          "org.freedesktop.NetworkManager.network-control",
          "org.freedesktop.NetworkManager.enable-disable-wifi",
          "org.freedesktop.NetworkManager.settings.modify.system",
          "org.freedesktop.NetworkManager.wifi.scan",
          "org.freedesktop.NetworkManager.wifi.share.protected",
          "org.freedesktop.login1.reboot",
          "org.freedesktop.login1.reboot-multiple-sessions",
        ];
        if (allowed.indexOf(action.id) >= 0) {
          return polkit.Result.YES;
        }
        if (
          action.id === "org.freedesktop.systemd1.manage-units" &&
          action.lookup("unit") === "travel-router-portal.service" &&
          action.lookup("verb") === "start"
        ) {
          return polkit.Result.YES;
        }
        return polkit.Result.NO;
      });
    '';
  };
}
