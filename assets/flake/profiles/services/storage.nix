# Care of disks: TRIM for flash, scrubbing for checksummed file systems.
{ lib, config, ... }:
let
  usesBtrfs = lib.any (fs: fs.fsType == "btrfs") (lib.attrValues config.fileSystems);
  usesZfs = lib.any (fs: fs.fsType == "zfs") (lib.attrValues config.fileSystems);
in
{
  services.fstrim.enable = true;

  # A mirror repairs a bad sector only when somebody reads it: read everything once a month.
  services.btrfs.autoScrub.enable = usesBtrfs;
  services.zfs.autoScrub.enable = usesZfs;
}
