#!/bin/bash
# prepare.sh: what stands on the disks that a test must find untouched: a
# Windows as its installer leaves it, a volume group, and a mirror by md.
set -euo pipefail
by=/dev/disk/by-id/virtio
bash ./programs.sh

# windows DISK ESP FIRST: an ESP of that size with a loader, the reserved
# partition, one of NTFS, one of BitLocker, and room behind them. Their PARTUUIDs
# begin with FIRST and end with their number. The file systems are no more than
# what tells them; the rest of each is bytes that nothing else has.
windows() {
  local guids=() number
  for number in 1 2 3 4; do guids+=("--partition-guid=$number:$3-0000-4000-8000-00000000000$number"); done
  sgdisk --clear \
    --new=1:2048:+"$2" --typecode=1:ef00 --change-name=1:'EFI system partition' \
    --new=2:0:+16M --typecode=2:0c01 --change-name=2:'Microsoft reserved partition' \
    --new=3:0:+300M --typecode=3:0700 --change-name=3:'Basic data partition' \
    --new=4:0:+200M --typecode=4:2700 --change-name=4:'Basic data partition' \
    "${guids[@]}" "$1" >/dev/null
  partprobe "$1"
  udevadm settle
  local place
  place=$(mktemp -d)
  mkfs.vfat -F 32 -n SYSTEM "$1-part1" >/dev/null
  mount "$1-part1" "$place"
  mkdir -p "$place/EFI/Microsoft/Boot"
  echo windows >"$place/EFI/Microsoft/Boot/bootmgfw.efi"
  umount "$place"
  fill "$1-part3" 10
  fill "$1-part4" 5
  # Boot sectors: NTFS with 512 bytes a sector, 8 a cluster; BitLocker's.
  printf '\xeb\x52\x90NTFS    \x00\x02\x08\x00\x00\x00\x00\x00\x00\xf8' | dd of="$1-part3" conv=notrunc status=none
  printf '\x00\x60\x09\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\xf6' | dd of="$1-part3" bs=1 seek=40 conv=notrunc status=none
  printf '\x55\xaa' | dd of="$1-part3" bs=1 seek=510 conv=notrunc status=none
  printf '\xeb\x58\x90-FVE-FS-\x00\x02\x08' | dd of="$1-part4" conv=notrunc status=none
  printf '\x55\xaa' | dd of="$1-part4" bs=1 seek=510 conv=notrunc status=none
  sync
}
fill() { head -c "$2M" /dev/urandom | dd of="$1" bs=1M iflag=fullblock conv=fsync status=none; }

# The ESP of the first has room for the kernels of another system.
windows $by-windows 600M aaaaaaaa
windows $by-shared 100M bbbbbbbb
pvcreate -q $by-volumes
vgcreate -q other $by-volumes
lvcreate -q -y -L 64M -n data other
mkfs.ext4 -q /dev/other/data
modprobe raid1
mdadm --create /dev/md/mirror --run --level=1 --raid-devices=2 --assume-clean --metadata=1.2 $by-half0 $by-half1
mkfs.ext4 -q /dev/md/mirror
mdadm --stop /dev/md/mirror
vgchange -a n other
sync
