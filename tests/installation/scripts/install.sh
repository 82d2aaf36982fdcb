#!/bin/bash
# install.sh [ARGUMENT...]: runs mnemonix with these arguments and the secrets,
# in a folder that has it and the programs that stand in. While it runs, the
# arguments and environments of all processes are kept, and then what is in
# memory, to be searched.
set -uo pipefail
out=/run/rig/out
export PATH=$PWD/bin:$PATH
mount -t efivarfs efivarfs /sys/firmware/efi/efivars 2>/dev/null
bash ./watch.sh "$out/processes" &
watch=$!
mnemonix --log "$out/log" "$@" --secrets-fd 3 3<secrets.json
status=$?
kill $watch
bash ./memory.sh "$out/memory"
exit $status
