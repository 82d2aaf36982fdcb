#!/bin/bash
# state.sh: says what an installation has come to, without what is random or a
# time: two installations from the same plan say the same.
set -uo pipefail
disk=/dev/disk/by-id/virtio-virtio0
root=/dev/disk/by-partlabel/disk-main-cryptroot
echo "== table"
sgdisk --print "$disk" | grep -v 'Disk identifier\|^Disk /dev'
for number in 1 2 3; do sgdisk --info=$number "$disk" 2>/dev/null; done
echo "== slots"
systemd-cryptenroll "$root" 2>&1
cryptsetup luksDump --dump-json-metadata "$root" | grep -o '"type":"[a-z0-9-]*"' | sort | uniq -c
printf %s "$1" | cryptsetup open --test-passphrase --key-file=- "$root" && echo "the passphrase opens it"
printf %s "$2" | cryptsetup open --test-passphrase --key-file=- "$root" && echo "the recovery passphrase opens it"
printf %s "$1" | cryptsetup open --key-file=- "$root" state || exit
mount -o ro,subvol=@root /dev/mapper/state /mnt
mount -o ro "$disk-part1" /mnt/boot
echo "== files"
# Not compared: what is made anew with each key and each encryption, and the
# record of the installation itself.
cd /mnt || exit
find etc/nixos nix var/lib/mnemonix home boot etc/ssh etc/fstab -xdev -not -path '*/.git/*' -not -path '*/install/*' -printf '%M %U %G %p\n' 2>/dev/null | sort -k 4
find etc/nixos nix boot etc/fstab -type f -not -path '*/.git/*' -not -name '*.yaml' -not -path '*/keys/*' -not -name random-seed -exec sha256sum {} + | sort -k 2
sha256sum etc/nixos/hosts/*/answers.yaml
ls boot/mnemonix 2>&1
ls var/lib/mnemonix/install
echo "== git"
git -c safe.directory='*' -C etc/nixos log --all --format='%D %s %an %ae'
git -c safe.directory='*' -C etc/nixos ls-tree -r --name-only HEAD
git -c safe.directory='*' -C etc/nixos status --porcelain
git -c safe.directory='*' -C etc/nixos fsck --strict --no-progress
echo "== TPM"
tpm2_getcap handles-persistent
cd /
umount --recursive /mnt
cryptsetup close state
exit 0
