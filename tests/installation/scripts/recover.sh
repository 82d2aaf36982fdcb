#!/bin/bash
# recover.sh: what somebody does whose machine does not start: the words open
# its disk, what is on it is read, and the commands that were printed close it.
# It says what came of it.
set -uo pipefail
root=/dev/disk/by-partlabel/disk-main-cryptroot
header() { dd if="$root" bs=1M count=16 status=none | sha256sum; }
before=$(header)
mnemonix recover disk --device "$root" --words-fd 3 3<words 2>&1 >/run/opened
echo "recover disk ended with $?"
cat /run/opened
head -n 3 /mnt/etc/nixos/hosts/vm/answers.yaml
touch /mnt/written /mnt/home/written 2>&1
sed '1,/^To close it again:/d; s/sudo //' /run/opened | bash
findmnt --recursive /mnt
ls /dev/mapper
[[ $(header) = "$before" ]] && echo "its header is as it was"
exit 0
