#!/bin/bash
# install.sh [ARGUMENT...]: runs mnemonix with these arguments and the secrets,
# in a folder that has it and the programs that stand in. While it runs, the
# arguments and environments of all processes are kept, to be searched.
set -uo pipefail
out=/run/rig/out
export PATH=$PWD/bin:$PATH
mount -t efivarfs efivarfs /sys/firmware/efi/efivars 2>/dev/null
while :; do
  for process in /proc/[0-9]*; do
    tr '\0' ' ' <"$process/cmdline"
    tr '\0' '\n' <"$process/environ"
  done 2>/dev/null
  sleep 0.2
done >"$out/processes" &
watch=$!
mnemonix --log "$out/log" "$@" --secrets-fd 3 3<secrets.json
status=$?
kill $watch
cp -r /run/mnemonix/. "$out/memory" 2>/dev/null
exit $status
