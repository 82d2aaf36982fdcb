#!/bin/bash
# state.sh PASSPHRASE RECOVERY: says what an installation has come to, without
# what is random, a time or this TPM's own: two installations from the same plan
# say the same, on another machine too. The flake and the record are handed out:
# they leave the machine one day.
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
for name in home nix; do mount -o ro,subvol=@$name /dev/mapper/state /mnt/$name; done
mount -o ro "$disk-part1" /mnt/boot
echo "== files"
# Not compared: what is made anew with each key and each encryption, the record
# of the installation itself, derivations, which the medium has where it
# evaluated the system in the same boot, and the shared memory of SQLite.
cd /mnt || exit
find etc/nixos nix var/lib/mnemonix home boot etc/ssh etc/fstab -xdev -not -path '*/.git/*' -not -path '*/install/*' -not -name '*.drv' -printf '%M %U %G %p\n' 2>/dev/null | sort -k 4
find etc/nixos nix boot etc/ssh etc/fstab -type f -not -path '*/.git/*' -not -path '*/secrets/*' -not -path '*/keys/*' -not -name '*.tpm' -not -name random-seed -not -name '*.drv' -not -name '*.sqlite-shm' -exec sha256sum {} + | sort -k 2
ls boot/mnemonix 2>&1
ls var/lib/mnemonix/install
echo "== git"
git -c safe.directory='*' -C etc/nixos log --all --format='%D %s %an %ae'
git -c safe.directory='*' -C etc/nixos ls-tree -r --name-only HEAD
git -c safe.directory='*' -C etc/nixos status --porcelain
git -c safe.directory='*' -C etc/nixos fsck --strict --no-progress
echo "== keys"
# The words and the name of the machine decide the public halves. What they
# have of the TPM is the name of its storage root key.
for file in etc/nixos/keys/*.json; do
  echo "$file $(sed '/"srk": {/,/}/d' "$file" | sha256sum)"
done
cat etc/ssh/*.pub
find home var/lib/mnemonix -xdev -name '*.pub' -exec sha256sum {} + | sort -k 2
grep '^#' var/lib/mnemonix/age-identity.txt
echo "== TPM"
for handle in $(tpm2_getcap handles-persistent | sed -n 's/^- //p'); do
  tpm2_readpublic --object-context="$handle" >/run/public || echo "$handle cannot be read"
  sed -n "s/^name: //p" /run/public | {
    read -r name
    grep -l "\"name\": \"$name\"" etc/nixos/keys/*.json | sed "s/^/$handle is the key of /"
  }
  # Its kind. The point itself comes from the seed of this TPM.
  sed "/^name:/d; /^qualified name:/d; /^ *[xy]:/d; /^ *rsa:/d; s/^/$handle /" /run/public
done
tar --create --file=/run/rig/out/kept etc/nixos var/lib/mnemonix/install
cd /
umount --recursive /mnt
cryptsetup close state
exit 0
