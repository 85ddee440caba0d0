#!/bin/sh
# Starts run.sh [N] in the background and prints its number, HOST.PROCESS. It goes on when the terminal is closed, and ends with the
# machine.
set -u
cd "$(dirname "$0")" || exit 10
. shell/lock.sh
hold_lock
# Not the files of who calls this: `nightreel submit` holds a lock by one of them until this script has ended.
setsid ./run.sh "$@" </dev/null >>"$job/logs/run.log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- &
record_run "$!"
echo "$host.$!"
