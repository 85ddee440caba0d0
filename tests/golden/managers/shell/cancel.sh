#!/bin/sh
# Stops the run of the night, or only that of NIGHTREEL_SUBMISSION. Its units end with exit code 7; what they finished stays. It ends
# when nothing runs any more.
set -u
cd "$(dirname "$0")" || exit 10
room=./shell
[ -f "$room/run" ] || exit 0
read -r uuid host process <"$room/run"
wanted=${NIGHTREEL_SUBMISSION:-$uuid}
[ ! -f "$room/runs/$wanted" ] || echo cancelled >>"$room/runs/$wanted"
if [ "$wanted" != "$uuid" ] || flock -n -s "$room/lock" true; then exit 0; fi
if [ "$host" != "$(uname -n)" ]; then
    echo >&2 "cancel.sh: the night runs on $host (process $process): run cancel.sh there"
    exit 1
fi

# All that holds the lock is of this night, whatever its number.
signal_all() {
    for file in /proc/[0-9]*/fd/9; do
        [ "$file" -ef "$room/lock" ] || continue
        of=${file#/proc/}
        kill -s "$1" "${of%%/*}" 2>/dev/null
    done
}
signal_all TERM
flock -w 60 -s "$room/lock" true || {
    signal_all KILL
    flock -w 10 -s "$room/lock" true || { echo >&2 "cancel.sh: process $process on $host does not end"; exit 1; }
}
