#!/bin/bash
# One member of a job array: member.sh JOBDIR STAGE FIRST; FIRST is the number of the array's first unit.
# What need not fail on another node or at another time is put back into the queue, from inside, at most
# @requeues@ times: away from this node when it cannot do the work (exit code 11) or has too little
# memory (9). Bad input (2, 3) never is, nor what was cancelled (7).
set -u
job=$1
stage=$2
number=$(($3 + SLURM_ARRAY_TASK_ID))
run=${SLURM_RESTART_COUNT:-0}
echo "stage $stage, unit $number on ${SLURMD_NODENAME:-?}, run $((run + 1))"

stopped=
trap 'stopped=1; kill -TERM "$child" 2>/dev/null' TERM
"$job/member.sh" "$stage" "$number" &
child=$!
wait "$child"
code=$?
# A signal ends `wait` before the child has ended.
while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
done
echo "exit code $code"
[ -z "$stopped" ] || exit "$code"

requeue() {
    [ "$run" -lt @requeues@ ] || return
    echo "put back into the queue"
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && sleep 60 # Slurm ends this script
}

case $code in
    0 | 2 | 3 | 7) ;;
    9 | 11)
        # Only a job that waits can be told to avoid a node.
        setsid sh -c 'sleep 1; exec scontrol update "JobId=$1" "ExcNodeList=$2"' sh \
            "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" "$SLURMD_NODENAME" >/dev/null 2>&1 &
        requeue ;;
    *) requeue ;;
esac
exit "$code"
