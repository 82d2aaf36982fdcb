#!/bin/bash
# cut.sh STARTED LATE ARGUMENT...: runs mnemonix with these arguments and the
# secrets, and tells its events as they come. Where LATE is not empty it says so
# as soon as LATE holds, after the events have said STARTED.
export PATH=$PWD/bin:$PATH
mount -t efivarfs efivarfs /sys/firmware/efi/efivars 2>/dev/null
started=$1 late=$2
shift 2
touch /run/events
tail -f /run/events &
if [[ -n $late ]]; then
  (
    until grep -q "$started" /run/events && eval "$late"; do sleep 0.1; done
    echo rig-late
  ) 2>/dev/null &
fi
mnemonix --log /run/install.log "$@" --secrets-fd 3 --events /run/events 3<secrets.json >/run/said 2>&1
status=$?
cat /run/said
echo "rig-ended $status"
