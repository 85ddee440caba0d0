#!/bin/sh
# Runs the night on this machine: run.sh [N], with N units at once (@units@). What is done is not done again: run it again to continue.
# Exit code 1: some units failed; logs/ says why. 10: it runs already, here or on another machine.
set -u
cd "$(dirname "$0")" || exit 10
. shell/lock.sh
take_lock "$$"
failed=0
running=
# A session of its own: stopping this script stops its units, and nothing else.
trap '[ -z "$running" ] || kill -s TERM -- "-$running"; wait; exit 7' INT TERM
for level in shell/level.*; do
    setsid xargs -P "${1:-@units@}" -n 1 shell/logged.sh <"$level" &
    running=$!
    wait "$running" || failed=1
done
exit $failed
