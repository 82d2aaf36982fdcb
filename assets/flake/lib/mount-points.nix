# The places where a host's disko.nix mounts something, as a list: from `disko.devices` itself, so that a module
# can decide by it what `fileSystems` shall be.
{ lib }:
let
  placeOf = node: lib.optional ((node.mountpoint or null) != null) node.mountpoint;
  each = find: nodes: lib.concatMap find (if lib.isList nodes then nodes else lib.attrValues nodes);

  # A container holds something else; a table of partitions and a btrfs hold several.
  inside =
    node:
    lib.optionals (node != null) (
      placeOf node
      ++ inside (node.content or null)
      ++ each (part: inside (part.content or null)) (node.partitions or { })
      ++ each placeOf (node.subvolumes or { })
    );
in
devices:
each (disk: inside disk.content) devices.disk
++ each (array: inside array.content) devices.mdadm
++ each (group: each (volume: inside volume.content) group.lvs) devices.lvm_vg
++ each (pool: each placeOf pool.datasets) devices.zpool
++ lib.attrNames devices.nodev
