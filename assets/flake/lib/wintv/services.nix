# First settings of the services, by the name of the file below dataDir. They are copied once, before the
# first start; from then on the services own them.
{ lib, cfg }:
let
  on = name: cfg.containers ? ${name};
in
lib.optionalAttrs (on "qbittorrent") {
  "qbittorrent/qBittorrent/qBittorrent.conf" = ''
    [LegalNotice]
    Accepted=true

    [BitTorrent]
    Session\DefaultSavePath=/media/downloads/complete
    Session\TempPath=/media/downloads/incomplete
    Session\TempPathEnabled=true
    Session\Port=6881

    [Preferences]
    WebUI\Username=admin
    WebUI\LocalHostAuth=true
    WebUI\CSRFProtection=true
    WebUI\HostHeaderValidation=true
  '';
}
// lib.optionalAttrs (on "jellyfin") {
  "jellyfin/config/config/network.xml" = ''
    <?xml version="1.0" encoding="utf-8"?>
    <NetworkConfiguration xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
      <EnableHttps>false</EnableHttps>
      <InternalHttpPort>8096</InternalHttpPort>
      <PublicHttpPort>8096</PublicHttpPort>
      <AutoDiscovery>true</AutoDiscovery>
      <EnableUPnP>false</EnableUPnP>
      <EnableIPv4>true</EnableIPv4>
      <EnableIPv6>false</EnableIPv6>
      <EnableRemoteAccess>true</EnableRemoteAccess>
    </NetworkConfiguration>
  '';
}
// lib.optionalAttrs (on "kanidm") {
  "kanidm/server.toml" = ''
    version = "2"
    bindaddress = "[::]:8443"
    db_path = "/data/kanidm.db"
    domain = "${cfg.domain}"
    origin = "https://${cfg.domain}:8443"
    # Put the certificate of the domain there before the first start.
    tls_chain = "/data/chain.pem"
    tls_key = "/data/key.pem"

    [online_backup]
    path = "/data/backups"
    schedule = "00 22 * * *"
    versions = 7
  '';
}
