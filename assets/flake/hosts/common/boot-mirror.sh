# boot-mirror: makes the second EFI system partition a copy of the first, so that the machine starts with either
# disk missing, and tells the firmware of it once.
#
# It runs after every change of the boot loader and at every boot. A partition that is not mounted is no reason to
# fail: the mirror is behind then, and that is said. Nothing is taken away from the copy before what takes its
# place is there.
#
# Set by the caller: MAIN and MIRROR, two mount points; LOADER, the boot loader's file as the firmware names it;
# TOUCH_EFI, whether boot entries may be written.

tell() { printf 'boot-mirror: %s\n' "$1" >&2; }

for place in "$MAIN" "$MIRROR"; do
  if ! mountpoint --quiet "$place"; then
    tell "$place is not mounted: the mirror is not brought up to date (has a disk failed?)"
    exit 0
  fi
done

file=${LOADER//\\//}
if [[ ! -s $MAIN$file ]]; then
  tell "there is no $MAIN$file: nothing is copied from a partition that starts no machine"
  exit 0
fi

# The random seed is used once, by one boot; and while a machine is installed, its journal is on the first
# partition alone. FAT knows times to two seconds.
rsync --recursive --times --modify-window=2 --delete-after \
  --exclude=/loader/random-seed --exclude=/mnemonix "$MAIN/" "$MIRROR/"
sync --file-system "$MIRROR"

[[ $TOUCH_EFI == 1 ]] || exit 0

# The firmware's own list: the copy comes last, and only if it is not there yet.
later() {
  tell "the firmware was not told of the copy ($1); it may find it by itself"
  exit 0
}
device=$(findmnt --noheadings --output SOURCE --mountpoint "$MIRROR") || later "what is mounted on $MIRROR is not known"
read -r disk number uuid < <(lsblk --noheadings --raw --output PKNAME,PARTN,PARTUUID "$device") || later "$device is no partition"
[[ -n ${uuid:-} ]] || later "$device is no partition"
entries=$(efibootmgr) || later "efibootmgr failed"
grep --quiet --ignore-case --fixed-strings "$uuid" <<<"$entries" && exit 0

numbers() { sed --quiet 's/^Boot\([0-9A-F]\{4\}\).*/\1/p' <<<"$1" | sort; }
made=$(efibootmgr --create-only --disk "/dev/$disk" --part "$number" --loader "$LOADER" --label "NixOS, second disk") ||
  later "efibootmgr could not add an entry"
new=$(comm -13 <(numbers "$entries") <(numbers "$made"))
order=$(sed --quiet 's/^BootOrder: //p' <<<"$entries")
efibootmgr --quiet --bootorder "${order:+$order,}$new" || later "the order of boot entries could not be changed"
tell "told the firmware of the copy on $device"
