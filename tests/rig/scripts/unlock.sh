#!/bin/bash
# unlock.sh: opens what enroll.sh made, once by the TPM and once by the
# passphrase, and says how each went.
set -uo pipefail
root=/dev/disk/by-partlabel/cryptroot
# headless and tries: without them a refusal waits for somebody to type.
/usr/lib/systemd/systemd-cryptsetup attach by-tpm "$root" - tpm2-device=auto,headless=1,tries=1
echo "tpm: $?"
if [[ -e /dev/mapper/by-tpm ]]; then
  mount -o ro /dev/mapper/by-tpm /mnt && echo "tpm reads: $(cat /mnt/marker)"
  umount /mnt
  /usr/lib/systemd/systemd-cryptsetup detach by-tpm
fi
printf recovery-passphrase | cryptsetup open --key-file - "$root" by-passphrase
echo "passphrase: $?"
mount -o ro /dev/mapper/by-passphrase /mnt && echo "passphrase reads: $(cat /mnt/marker)"
exit 0
