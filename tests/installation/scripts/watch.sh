#!/bin/bash
# watch.sh FILE: until it is ended, keeps the arguments and the environment of
# every process that it sees, each on one line and once. It starts no process
# but the one that sleeps: the processor is emulated.
declare -A seen
while :; do
  for process in /proc/[0-9]*; do
    for what in cmdline environ; do
      { mapfile -d '' words <"$process/$what"; } 2>/dev/null || continue
      line="${words[*]}"
      [[ -n $line && -z ${seen["$line"]-} ]] || continue
      seen["$line"]=yes
      printf '%s\n' "$line"
    done
  done
  sleep 0.2
done >"$1"
