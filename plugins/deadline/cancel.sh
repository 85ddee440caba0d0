#!/bin/bash
# Deletes the jobs of the night, also those that run; the Monitor can restore them. The last first, because deleting a job
# releases those that only wait for its end.
cd "$(dirname "$0")" || exit 10
deadlinecommand=@command@
ids=${NIGHTREEL_IDS:-$(cut -d ' ' -f 1 deadline/submitted)}
code=0
while read -r id; do
    [ -z "$id" ] || "$deadlinecommand" DeleteJob "$id" || code=1
done < <(tac <<<"$ids")
rm -f deadline/submitted
exit $code
