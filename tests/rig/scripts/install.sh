#!/bin/bash
# install.sh: installs a small Debian onto virtio0 that boots by itself: a UKI
# on the ESP, and on LUKS a copy of the system that this script runs in.
set -euo pipefail
disk=/dev/disk/by-id/virtio-virtio0
sgdisk --zap-all --new=1:0:+256M --typecode=1:ef00 --change-name=1:ESP \
  --new=2:0:0 --typecode=2:8304 --change-name=2:cryptroot "$disk"
partprobe "$disk"
udevadm settle
root=/dev/disk/by-partlabel/cryptroot
printf recovery-passphrase >/run/passphrase
cryptsetup luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --batch-mode --key-file /run/passphrase "$root"
cryptsetup open --key-file /run/passphrase "$root" inside
mkfs.btrfs --quiet /dev/mapper/inside
mount /dev/mapper/inside /mnt
btrfs subvolume create /mnt/@root
umount /mnt
mount -o subvol=@root,compress=zstd:1 /dev/mapper/inside /mnt
cp --archive --one-file-system /. /mnt/
mkdir -p /mnt/{proc,sys,dev,run,tmp}
echo '/dev/mapper/cryptroot / btrfs subvol=@root 0 0' >/mnt/etc/fstab
echo installed >/mnt/etc/hostname
rm /mnt/etc/systemd/system/multi-user.target.wants/rig.service
umount /mnt
cryptsetup close inside
mkfs.vfat -F 32 -n ESP /dev/disk/by-partlabel/ESP
mount /dev/disk/by-partlabel/ESP /mnt
# The path that firmware boots where no boot entry says otherwise.
install -D uki.efi /mnt/EFI/BOOT/BOOTX64.EFI
umount /mnt
