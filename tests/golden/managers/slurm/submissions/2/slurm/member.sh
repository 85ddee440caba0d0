#!/bin/bash
# One member of a job array: member.sh UUID ARRAY FILES. FILES is the folder of submit.sh; slurm/arrays/ARRAY in it says which
# unit has which number.
# What need not fail on another node or at another time is put back into the queue, from inside, at most 5 times: away
# from this node when it cannot do the work (exit code 11) or has too little memory (9). Bad input (2, 3) never is, nor what was
# cancelled (7).
set -u
export NIGHTREEL_SUBMISSION=$1
array=$2
files=$3
run=${SLURM_RESTART_COUNT:-0}
me=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
child=
stop=
# scancel sends TERM; USR1 comes a minute before the time limit.
trap 'stop=cancelled; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM
trap 'stop=${stop:-limit}; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' USR1

run_unit() {
    local unit
    unit=$(sed -n "s/^$SLURM_ARRAY_TASK_ID //p" "$files/slurm/arrays/$array")
    if [ -z "$unit" ]; then
        echo "member.sh: no unit $SLURM_ARRAY_TASK_ID in $files/slurm/arrays/$array: is the disk mounted here?" >&2
        code=10
        return
    fi
    echo "unit $unit on ${SLURMD_NODENAME:-?}, run $((run + 1))"
    "$files/../../unit.sh" "$unit" &
    child=$!
    wait "$child"
    code=$?
    # A signal ends `wait` before the child has ended.
    while kill -0 "$child" 2>/dev/null; do
        wait "$child"
        code=$?
    done
    echo "exit code $code"
}

# From then on the job waits. Slurm sends TERM to what still runs of it here, which must not end what follows.
requeue() {
    trap '' TERM USR1
    if [ "$run" -lt 5 ]; then
        scontrol requeue "$me" && echo "put back into the queue"
    else
        echo "not put back into the queue: it was 5 times"
        return 1
    fi
}

# Only a job that waits can be told to avoid a node. One that may run nowhere would wait for ever.
requeue_elsewhere() {
    local avoided
    avoided=$(scontrol -o show job "$me" | sed -n 's/.* ExcNodeList=\([^ ]*\).*/\1/p' | grep -v '(null)')
    avoided=${avoided:+$avoided,}$SLURMD_NODENAME
    if ! sinfo --noheader --Node --partition="$SLURM_JOB_PARTITION" --format=%N |
        grep -qvxF "$(scontrol show hostnames "$avoided")"; then
        echo "not put back into the queue: partition $SLURM_JOB_PARTITION has no node but $avoided"
        return
    fi
    requeue && scontrol update "JobId=$me" "ExcNodeList=$avoided" && echo "it avoids $avoided"
}

run_unit
case $stop,$code in
    cancelled,* | *,0) ;;
    limit,*) requeue ;;
    ,2 | ,3 | ,7) ;;
    ,9 | ,11) requeue_elsewhere ;;
    *) requeue ;;
esac
exit "$code"
