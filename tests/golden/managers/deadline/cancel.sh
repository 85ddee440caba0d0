#!/bin/bash
# Deletes the jobs of the night, also those that run; the Monitor can restore them. The last first, because deleting a job
# releases those that only wait for its end.
cd "$(dirname "$0")" || exit 10
deadlinecommand=deadlinecommand
ids=${NIGHTREEL_IDS:-$(cut -d ' ' -f 1 deadline/submitted)}
code=0
for id in $(printf '%s\n' $ids | tac); do
    "$deadlinecommand" DeleteJob "$id" || code=1
done
[ $code -ne 0 ] || rm -f deadline/submitted
exit $code
