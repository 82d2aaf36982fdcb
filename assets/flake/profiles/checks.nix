# What the entry of a host may say, checked before anything is built. Each sentence names the host, what is
# wrong with it and what to write instead.
{
  lib,
  host,
  hasFeature,
  ...
}:
let
  # The files of a folder without their extension: what can be asked for.
  namesIn =
    folder:
    map (lib.removeSuffix ".nix") (
      lib.filter (lib.hasSuffix ".nix") (lib.attrNames (builtins.readDir folder))
    );
  features = lib.unique (namesIn ./features ++ namesIn ./features/nixos);
  desktops = lib.subtractLists [ "common" ] (namesIn ./desktop/nixos);
  hostTypes = [
    "desktop"
    "laptop"
    "server"
    "appliance"
  ];

  list = lib.concatStringsSep ", ";
  unknown = lib.subtractLists features host.hostFeatures;
  repeated = lib.unique (
    lib.filter (feature: lib.count (other: other == feature) host.hostFeatures > 1) host.hostFeatures
  );
  hasDesktop = host.desktop != "none";
in
{
  assertions = [
    {
      assertion = lib.elem host.hostType hostTypes;
      message = ''host ${host.name}: "${host.hostType}" is not a kind of machine that runs NixOS here; the kinds are ${list hostTypes}'';
    }
    {
      assertion = unknown == [ ];
      message = "host ${host.name}: there is no feature called ${list unknown}; the features are ${list features}";
    }
    {
      assertion = repeated == [ ];
      message = "host ${host.name}: hostFeatures names ${list repeated} more than once; once is enough";
    }
    {
      assertion = hasDesktop -> lib.elem host.desktop desktops;
      message = ''host ${host.name}: there is no desktop called "${host.desktop}"; write one of ${list desktops}, or "none"'';
    }
    {
      assertion = hasFeature "headless" -> !hasDesktop;
      message = "host ${host.name}: headless means a machine without a screen, and ${host.desktop} needs one; drop the feature or set desktop to none";
    }
    {
      assertion = hasFeature "headless" -> !hasFeature "gaming";
      message = "host ${host.name}: headless and gaming exclude each other; drop one of the two features";
    }
    {
      assertion = hasFeature "gaming" -> host.system == "x86_64-linux";
      message = "host ${host.name}: the feature gaming is built on Steam, which exists for x86_64-linux only, not for ${host.system}";
    }
  ];

  warnings = lib.optional (
    hasFeature "gaming" && host.hostType == "server"
  ) "host ${host.name}: gaming on a server brings a graphical stack that a server is safer without";
}
