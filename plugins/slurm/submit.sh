#!/bin/bash
# Submits the night to Slurm and prints the number of the last array. Arguments are handed to every sbatch.
# A night that was submitted is not submitted twice: remove slurm/submitted to do so.
set -euo pipefail
cd "$(dirname "$0")"
job=$PWD
if [ -s slurm/submitted ]; then
    echo >&2 "submit.sh: submitted before, see $job/slurm/submitted; remove it to submit again"
    exit 1
fi
mkdir -p logs
night=@night@

# submit STAGE, then options of sbatch; the number of the array is in $id afterwards.
submit() {
    local stage=$1
    shift
    id=$(sbatch --parsable --job-name="nightreel.$night.$stage" --comment="nightreel $job" \
        --output="$job/logs/$stage.%A_%a.log" --open-mode=append --requeue --signal=B:TERM@60 \
        --kill-on-invalid-dep=yes "$@" "$job/slurm/member.sh" "$job" "$stage")
    id=${id%%;*}
    echo "$id $stage" >>slurm/submitted
}

@stages@
echo "$id"
