# docker-compose.yml, as data. Podman runs in a small Linux machine that sees the drives of Windows under
# /mnt; a folder D:\Media is /mnt/d/Media there.
{ lib, cfg }:
let
  inLinux =
    folder:
    let
      drive = lib.toLower (lib.substring 0 1 folder);
      rest = lib.removeSuffix "/" (lib.replaceStrings [ "\\" ] [ "/" ] (lib.substring 2 (-1) folder));
    in
    "/mnt/${drive}${rest}";

  # In compose files a dollar begins a variable; ours are none.
  literal = lib.replaceStrings [ "$" ] [ "$$" ];

  service = name: container: {
    inherit (container) image;
    container_name = name;
    restart = "unless-stopped";
    security_opt = [ "no-new-privileges:true" ];
    healthcheck = {
      test = [ "CMD" ] ++ map literal container.healthcheck;
      interval = "30s";
      timeout = "10s";
      retries = 5;
      # The first start makes databases.
      start_period = "2m";
    };
    # Records of a container that complains for ever do not fill the disk.
    logging = {
      driver = "json-file";
      options = {
        max-size = "10m";
        max-file = "3";
      };
    };
  }
  // lib.optionalAttrs (container.user != null) { inherit (container) user; }
  // lib.optionalAttrs (container.environment != { }) {
    environment = lib.mapAttrs (_: literal) container.environment;
  }
  // lib.optionalAttrs (container.secrets != [ ]) {
    env_file = [
      {
        # Read by the program on Windows, so named as Windows names it.
        path = literal "${lib.replaceStrings [ "\\" ] [ "/" ] cfg.dataDir}/secrets/${name}.env";
        required = true;
      }
    ];
  }
  // lib.optionalAttrs (container.ports != [ ]) {
    ports = map (
      port:
      {
        target = port.container;
        published = toString port.host;
        inherit (port) protocol;
      }
      // lib.optionalAttrs (!port.public) { host_ip = "127.0.0.1"; }
    ) container.ports;
  }
  // lib.optionalAttrs (container.volumes != [ ]) {
    volumes = map (volume: {
      type = "bind";
      source = literal (inLinux volume.source);
      inherit (volume) target;
      read_only = volume.readOnly;
    }) container.volumes;
  }
  // lib.optionalAttrs (container.dependsOn != [ ]) {
    depends_on = lib.genAttrs container.dependsOn (_: {
      condition = "service_healthy";
    });
  }
  // lib.optionalAttrs container.gpu {
    # How Podman names the cards (container device interface).
    devices = [ "nvidia.com/gpu=all" ];
  };
in
{
  name = "wintv";
  services = lib.mapAttrs service cfg.containers;
}
