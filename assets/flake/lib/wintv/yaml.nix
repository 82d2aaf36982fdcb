# Prints plain data as YAML in block style. Every string stands in double quotes, as JSON writes it, which
# YAML reads in the same way: no value can turn into another type ("no", "1.10", "22:22").
{ lib }:
let
  indent = depth: lib.concatStrings (lib.genList (_: "  ") depth);
  isBlock = value: (lib.isAttrs value || lib.isList value) && value != { } && value != [ ];
  scalar =
    value:
    if value == { } then
      "{}"
    else if value == [ ] then
      "[]"
    else
      builtins.toJSON value;
  # Names of ours need no quotes; others get them.
  key = name: if builtins.match "[A-Za-z_][A-Za-z0-9_-]*" name != null then name else builtins.toJSON name;

  print =
    depth: value:
    if lib.isAttrs value then
      lib.concatStrings (
        lib.mapAttrsToList (
          name: child:
          if isBlock child then
            "${indent depth}${key name}:\n${print (depth + 1) child}"
          else
            "${indent depth}${key name}: ${scalar child}\n"
        ) value
      )
    else
      lib.concatMapStrings (
        child:
        if isBlock child then
          # The first line of the child goes behind the dash.
          "${indent depth}- ${lib.removePrefix (indent (depth + 1)) (print (depth + 1) child)}"
        else
          "${indent depth}- ${scalar child}\n"
      ) value;
in
print 0
