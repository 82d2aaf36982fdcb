# File systems with checksums are read through once a month.
{ lib, config, ... }:
let
  usesBtrfs = lib.any (fs: fs.fsType == "btrfs") (lib.attrValues config.fileSystems);
  usesZfs = lib.any (fs: fs.fsType == "zfs") (lib.attrValues config.fileSystems);
in
{
  # A mirror repairs a bad sector only when somebody reads it.
  services.btrfs.autoScrub.enable = usesBtrfs;
  services.zfs.autoScrub.enable = usesZfs;
}
