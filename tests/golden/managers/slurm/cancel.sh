#!/bin/sh
# Cancels what still waits or runs of the submission NIGHTREEL_SUBMISSION, else of all that submit.sh made here. They are found by
# UUID, not by number: when slurmctld loses a job, the next one gets its number.
cd "$(dirname "$0")" || exit 10
uuids=${NIGHTREEL_SUBMISSION:-$(cat slurm/submitted 2>/dev/null)}
[ -n "$uuids" ] || exit 0
unset SQUEUE_ACCOUNT SQUEUE_LICENSES SQUEUE_NAMES SQUEUE_PARTITION SQUEUE_QOS SQUEUE_STATES SQUEUE_USERS
queue=$(squeue --all --noheader --format='%F %k %o') || exit
for uuid in $uuids; do
    ids=$(printf '%s\n' "$queue" | grep -F -e "$uuid" | cut -d ' ' -f 1 | sort -u)
    [ -z "$ids" ] || scancel $ids || exit
done
for uuid in $uuids; do
    sed -i "/^$uuid\$/d" slurm/submitted 2>/dev/null
done
[ -s slurm/submitted ] || rm -f slurm/submitted
