# As much of nixpkgs' `lib` as the generators for Windows machines use, so that they can be evaluated without
# nixpkgs. Its limits: only these functions, only for the arguments that occur, and no module system. The
# options of modules/wintv.nix and their types are therefore not tested with it; what the generators make of a
# configuration is.
let
  inherit (builtins)
    attrNames
    attrValues
    concatStringsSep
    elem
    filter
    foldl'
    genList
    listToAttrs
    stringLength
    substring
    ;
in
rec {
  inherit (builtins)
    concatLists
    concatMap
    isAttrs
    isList
    mapAttrs
    replaceStrings
    ;
  inherit
    attrNames
    attrValues
    concatStringsSep
    elem
    filter
    genList
    substring
    ;

  concatStrings = concatStringsSep "";
  concatMapStrings = f: list: concatStrings (map f list);
  concatMapStringsSep = separator: f: list: concatStringsSep separator (map f list);
  concatLines = concatMapStrings (line: line + "\n");
  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  optionalString = condition: text: if condition then text else "";
  optionalAttrs = condition: set: if condition then set else { };
  # In modules; here a value that is not there is an empty one.
  mkIf = optionalAttrs;
  mkOption = _: { };
  mkEnableOption = _: { };

  nameValuePair = name: value: { inherit name value; };
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
  filterAttrs =
    f: set:
    listToAttrs (
      map (name: nameValuePair name set.${name}) (filter (name: f name set.${name}) (attrNames set))
    );
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  unique = foldl' (seen: value: if elem value seen then seen else seen ++ [ value ]) [ ];
  take = count: list: genList (builtins.elemAt list) (
    if builtins.length list < count then builtins.length list else count
  );

  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    stringLength text >= stringLength suffix
    && substring (stringLength text - stringLength suffix) (-1) text == suffix;
  removePrefix =
    prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
  removeSuffix =
    suffix: text:
    if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;

  letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  small = "abcdefghijklmnopqrstuvwxyz";
  characters = text: genList (at: substring at 1 text) (stringLength text);
  toLower = replaceStrings (characters letters) (characters small);
  toUpper = replaceStrings (characters small) (characters letters);

  # lib.evalModules for one purpose: the last module is the configuration with every option filled in.
  evalModules =
    { modules, ... }:
    {
      config = builtins.elemAt modules (builtins.length modules - 1);
    };
}
