#!/bin/bash
# enroll.sh: partitions virtio0, makes an encrypted btrfs in it with a file
# inside, and lets the TPM open it as long as PCR 7 is what it is now.
set -euo pipefail
disk=/dev/disk/by-id/virtio-virtio0
sgdisk --zap-all --new=1:0:+256M --typecode=1:ef00 --change-name=1:ESP \
  --new=2:0:0 --typecode=2:8309 --change-name=2:cryptroot "$disk"
partprobe "$disk"
udevadm settle
root=/dev/disk/by-partlabel/cryptroot
mkfs.vfat -F 32 -n ESP /dev/disk/by-partlabel/ESP
printf recovery-passphrase >/run/passphrase
# Cheap on purpose: an emulated processor is slow at argon2.
cryptsetup luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --batch-mode --key-file /run/passphrase "$root"
cryptsetup open --key-file /run/passphrase "$root" inside
mkfs.btrfs --quiet /dev/mapper/inside
mount /dev/mapper/inside /mnt
echo written-by-the-first-boot >/mnt/marker
umount /mnt
cryptsetup close inside
PASSWORD=recovery-passphrase systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs=7 "$root"
cryptsetup luksDump --dump-json-metadata "$root" >/run/rig/out/luks.json
lsblk --json --output NAME,SERIAL,PARTLABEL,FSTYPE,SIZE >/run/rig/out/lsblk.json
