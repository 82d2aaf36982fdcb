# What must hold of a host's entry in lib/constants.nix, as assertions for NixOS and for Home Manager alike:
# someone who mistypes a feature reads a sentence that names it, the choices, and the file to mend.
{ lib, host }:
let
  vocabulary = import ./vocabulary.nix;
  place = ''lib/constants.nix, host "${host.name}"'';
  show = value: if value == null then "null" else ''"${toString value}"'';
  list = values: lib.concatMapStringsSep ", " show values;

  oneOf = attribute: value: allowed: {
    assertion = lib.elem value allowed;
    message = "${place}: ${attribute} is ${show value}, but it must be one of ${list allowed}.";
  };

  has = feature: lib.elem feature host.hostFeatures;
  operators = lib.attrNames (lib.filterAttrs (_: user: user.operator) host.users);
  strangers = lib.subtractLists (vocabulary.written ++ vocabulary.derived) (lib.attrNames host);
in
[
  {
    assertion = strangers == [ ];
    message = "${place}: no part of this flake reads ${list strangers}; is it a misspelling of one of ${list vocabulary.written}?";
  }
  (oneOf "hostType" host.hostType vocabulary.hostTypes)
  (oneOf "desktop" host.desktop vocabulary.desktops)
  (oneOf "boot.loader" host.boot.loader vocabulary.loaders)
  (oneOf "boot.unlock" host.boot.unlock vocabulary.unlocks)
  (oneOf "disk.swap.kind" host.disk.swap.kind vocabulary.swapKinds)
  (oneOf "ci" host.ci vocabulary.ci)
]
++ map (feature: oneOf "a feature in hostFeatures" feature vocabulary.features) host.hostFeatures
++ [
  {
    assertion = lib.length operators <= 1;
    message = "${place}: only one user can have operator = true, but ${list operators} all have it.";
  }
  {
    assertion = !(has "headless" && host.desktop != "none");
    message = ''${place}: the feature "headless" and desktop = ${show host.desktop} exclude each other; take one away.'';
  }
  {
    assertion = !(has "headless" && has "gaming");
    message = ''${place}: "headless" means a machine without a screen, and "gaming" needs one; take one of the two away.'';
  }
  {
    assertion =
      host.disk.encrypted
      || !lib.hasPrefix "tpm" host.boot.unlock;
    message = ''${place}: boot.unlock = ${show host.boot.unlock} needs an encrypted disk; set disk.encrypted, or boot.unlock = "none".'';
  }
  {
    assertion = host.boot.unlock != "tpm-without-secure-boot" || host.boot.loader != "lanzaboote";
    message = ''${place}: boot.unlock = "tpm-without-secure-boot" is for machines without Secure Boot, and boot.loader = "lanzaboote" is there for it; set boot.unlock = "tpm".'';
  }
  {
    assertion = !host.disk.encrypted || host.boot.unlock != "none";
    message = ''${place}: the disk is encrypted, so something must unlock it; set boot.unlock to "tpm", "tpm-pin" or "passphrase".'';
  }
]
