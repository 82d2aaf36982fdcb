#!/bin/bash
# whole.sh ARGUMENT...: what install.sh does, and then into the file state what
# state.sh says that it came to. The passphrases that this needs are in a file:
# arguments are searched for secrets.
bash ./install.sh "$@"
status=$?
[[ $status = 0 ]] || exit $status
mapfile -t known <passphrases
bash ./state.sh "${known[@]}" >/run/rig/out/state 2>&1
