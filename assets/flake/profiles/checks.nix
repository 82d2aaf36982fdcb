# Combinations of features that cannot work on a machine. What a host's entry may say at all, and the sentences
# for misspelt words, are lib/host-rules.nix.
{
  lib,
  host,
  hasFeature,
  ...
}:
let
  place = ''lib/constants.nix, host "${host.name}"'';
  repeated = lib.unique (
    lib.filter (feature: lib.count (other: other == feature) host.hostFeatures > 1) host.hostFeatures
  );
in
{
  assertions = [
    {
      assertion = repeated == [ ];
      message = "${place}: hostFeatures names ${lib.concatStringsSep ", " repeated} more than once; once is enough.";
    }
    {
      assertion = hasFeature "gaming" -> host.system == "x86_64-linux";
      message = ''${place}: "gaming" is built on Steam, which exists for x86_64-linux and not for ${host.system}; take the feature away.'';
    }
  ];

  warnings = lib.optional (
    hasFeature "gaming" && host.hostType == "server"
  ) "${place}: gaming on a server brings a graphical stack that a server is safer without.";
}
