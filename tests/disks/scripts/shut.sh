#!/bin/bash
# shut.sh PLAN DISK...: carries the plan out, and while it waits before it
# formats tries to write to other disks and to every partition of theirs.
set -euo pipefail
plan=$1
shift
rm -f /run/go
mkfifo /run/go
: >/run/shut.out
carry start "$plan" --pause disk/format </run/go >>/run/shut.out 2>&1 &
carrier=$! # the process substitution below has a number of its own
exec 9>/run/go
grep -q -m 1 'carry waits' <(tail -f -n +1 --pid=$carrier /run/shut.out) || {
  cat /run/shut.out
  exit 1
}
failed=0
for disk in "$@"; do
  for place in /dev/disk/by-id/"$disk" /dev/disk/by-id/"$disk"-part*; do
    # udev looks anew at a disk that somebody had opened for writing, and its
    # partitions go and come: without nocreat dd would make a file of that name.
    udevadm settle
    [[ -b $place ]] || continue
    if dd if=/dev/zero of="$place" bs=4096 count=1 conv=notrunc,nocreat oflag=direct 2>/dev/null; then
      echo "somebody could write to $place"
      failed=1
    fi
  done
done
echo >&9
wait "$carrier" || {
  cat /run/shut.out
  exit 1
}
for disk in "$@"; do
  [[ $(blockdev --getro /dev/disk/by-id/"$disk") = 0 ]] || {
    echo "$disk was not given back"
    failed=1
  }
done
exit $failed
