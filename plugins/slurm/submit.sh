#!/bin/bash
# Submits the night to Slurm and prints the number of the last array. Arguments are handed to every sbatch.
# A night that was submitted is not submitted twice: ./cancel.sh first. When sbatch refuses one array, those before it are
# cancelled.
set -eEuo pipefail
cd "$(dirname "$0")"
job=$PWD
if [ -s slurm/submitted ]; then
    echo >&2 "submit.sh: submitted before, see $job/slurm/submitted; ./cancel.sh cancels what is left of it"
    exit 1
fi
mkdir -p logs
trap '[ ! -f slurm/submitted ] || ./cancel.sh; echo >&2 "submit.sh: the night was not submitted"' ERR
night=@night@

# submit NAME STAGE FIRST, then options of sbatch; the number of the array is in $id afterwards.
submit() {
    local name=$1 stage=$2 first=$3
    shift 3
    id=$(sbatch --parsable --job-name="nightreel.$night.$name" --comment="nightreel $job" \
        --output="$job/logs/$name.%A_%a.log" --open-mode=append --requeue --signal=B:TERM@60 \
        --kill-on-invalid-dep=yes "$@" "$job/slurm/member.sh" "$job" "$stage" "$first")
    id=${id%%;*}
    echo "$id $name" >>slurm/submitted
}

@stages@
echo "$id"
