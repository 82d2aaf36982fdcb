# rollback-root DEVICE SUBVOLUME DAYS: moves the btrfs subvolume SUBVOLUME of DEVICE to old-roots/TIME and puts
# an empty one in its place. Old roots of more than DAYS days are deleted, but never the newest one.
#
# It can be cut off anywhere: a missing SUBVOLUME is simply made, and what was not deleted is deleted the next
# time. An error leaves the machine with the root that it had.

set -euo pipefail

device=$1
subvolume=$2
days=$3
top=$(mktemp -d)

mount -t btrfs -o subvolid=5 "$device" "$top"
trap 'umount "$top" && rmdir "$top"' EXIT

# Subvolumes within a subvolume must go first.
drop() {
  local inner
  btrfs subvolume list -o "$1" | cut -d ' ' -f 9- | while IFS= read -r inner; do
    drop "$top/$inner"
  done
  btrfs subvolume delete "$1"
}

mkdir -p "$top/old-roots"

if [[ -e $top/$subvolume ]]; then
  # Named after the boot that made it; 0 is what stat says when it does not know.
  made=$(stat -c %W "$top/$subvolume")
  [[ $made -gt 0 ]] || made=$(stat -c %Y "$top/$subvolume")
  stamp=$(date --utc --date="@$made" +%Y-%m-%dT%H:%M:%SZ)
  name=$stamp
  n=1
  while [[ -e $top/old-roots/$name ]]; do
    name=$stamp.$n
    n=$((n + 1))
  done
  mv "$top/$subvolume" "$top/old-roots/$name"
fi
btrfs subvolume create "$top/$subvolume"

# The names sort by time, so the last one is the newest.
olds=("$top"/old-roots/*)
limit=$(date --utc --date="$days days ago" +%Y-%m-%dT%H:%M:%SZ)
for old in "${olds[@]:0:${#olds[@]}-1}"; do
  if [[ ${old##*/} < $limit ]]; then
    drop "$old" || echo "rollback-root: could not delete ${old##*/}" >&2
  fi
done
