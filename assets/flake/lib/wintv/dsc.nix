# configuration.dsc.yaml for `winget configure`: parts of Windows, programs, firewall. Each resource says what
# should be, and changes nothing that is so already.
{ lib, cfg }:
let
  identifier = text: lib.toLower (lib.replaceStrings [ "." "+" ] [ "-" "-" ] text);

  feature = name: {
    resource = "PSDesiredStateConfiguration/WindowsOptionalFeature";
    id = "feature-${identifier name}";
    directives = {
      description = "Part of Windows: ${name}";
      # Resources of Windows' own need the rights of an administrator.
      securityContext = "elevated";
    };
    settings = {
      Name = name;
      Ensure = "Enable";
      NoWindowsUpdateCheck = true;
    };
  };

  package = name: {
    resource = "Microsoft.WinGet.DSC/WinGetPackage";
    id = "package-${identifier name}";
    directives.description = "Program: ${name}";
    settings = {
      id = name;
      source = "winget";
    };
  };

  publicPorts = lib.concatLists (
    lib.mapAttrsToList (
      name: container: map (port: port // { inherit name; }) (lib.filter (port: port.public) container.ports)
    ) cfg.containers
  );
  rule = port: {
    resource = "NetworkingDsc/Firewall";
    id = "firewall-${port.name}-${toString port.host}-${port.protocol}";
    directives = {
      description = "Let the home network reach ${port.name}";
      securityContext = "elevated";
    };
    settings = {
      Name = "wintv-${port.name}-${toString port.host}-${port.protocol}";
      DisplayName = "wintv: ${port.name} (${port.protocol} ${toString port.host})";
      Group = "wintv";
      Ensure = "Present";
      Enabled = "True";
      Direction = "Inbound";
      Action = "Allow";
      # Never on a network that Windows calls public.
      Profile = [
        "Private"
        "Domain"
      ];
      Protocol = lib.toUpper port.protocol;
      LocalPort = [ (toString port.host) ];
    };
  };
in
{
  properties = {
    configurationVersion = "0.2.0";
    assertions = [
      {
        resource = "Microsoft.Windows.Developer/OsVersion";
        directives = {
          description = "Windows 11, or 10 from 22H2: older ones cannot run Podman's machine";
          allowPrerelease = true;
        };
        settings.MinVersion = "10.0.19045";
      }
    ];
    resources =
      map feature cfg.windows.features ++ map package cfg.windows.packages ++ map rule publicPorts;
  };
}
