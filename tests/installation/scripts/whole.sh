#!/bin/bash
# whole.sh ARGUMENT...: what install.sh does, and then into the file state what
# state.sh says that it came to; where there is a file of words, they open the
# disk once more, and what came of that is in the file recovered. The passphrases that this needs are in a file:
# arguments are searched for secrets.
export PATH=$PWD/bin:$PATH
bash ./install.sh "$@"
status=$?
[[ $status = 0 ]] || exit $status
mapfile -t known <passphrases
bash ./state.sh "${known[@]}" >/run/rig/out/state 2>&1
[[ ! -e words ]] || bash ./recover.sh >/run/rig/out/recovered
