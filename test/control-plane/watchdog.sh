#!/bin/sh
# Usage: watchdog.sh FOLDER
# Reads "+ PID" and "- PID" lines. When its standard input closes, because its parent stopped it or died, however
# it died, it kills every PID on the list and removes FOLDER.
trap '' INT TERM HUP
pids=" "
while read -r what pid; do
  case "$what" in
    +) pids="$pids$pid " ;;
    -) case "$pids" in *" $pid "*) pids="${pids%% $pid *} ${pids#* $pid }" ;; esac ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
rm -rf "$1" 2>/dev/null && exit 0
sleep 1
rm -rf "$1"
