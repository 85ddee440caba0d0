#!/bin/bash
# Submits the night to Slurm and prints the numbers of its job arrays. Arguments are handed to every sbatch.
# The UUID of the submission, NIGHTREEL_SUBMISSION or a new one, stands in the comment of each array and in its command. A night
# that was submitted by hand is not submitted twice by hand: ./cancel.sh first. When sbatch refuses one array, those before it
# are cancelled.
set -eEuo pipefail
cd "$(dirname "$0")"
files=$PWD
logs=$(cd ../.. && pwd)/logs
if [ -z "${NIGHTREEL_SUBMISSION:-}" ] && [ -s slurm/submitted ]; then
    echo >&2 "submit.sh: submitted before; ./cancel.sh cancels what is left of it"
    exit 1
fi
command -v sbatch >/dev/null || {
    echo >&2 "submit.sh: no program sbatch: submit from a machine that has the commands of Slurm"
    exit 1
}
uuid=${NIGHTREEL_SUBMISSION:-$(cat /proc/sys/kernel/random/uuid)}
mkdir -p "$logs"
echo "$uuid" >>slurm/submitted

give_up() {
    trap - ERR INT TERM HUP
    if NIGHTREEL_SUBMISSION=$uuid ./cancel.sh; then
        echo >&2 "submit.sh: the night was not submitted"
    else
        echo >&2 "submit.sh: a part of the night may be in Slurm; ./cancel.sh cancels it"
    fi
    exit 1
}
trap give_up ERR INT TERM HUP
night=aurora

# submit NAME, then options of sbatch; the number of the array is in $id afterwards.
submit() {
    local name=$1
    shift
    id=$(sbatch --parsable --job-name="nightreel.$night.$name" --comment="nightreel $uuid $name" \
        --output="$logs/$name.%A_%a.log" --open-mode=append --requeue --signal=B:USR1@60 \
        --kill-on-invalid-dep=yes "$@" "$files/slurm/member.sh" "$uuid" "$name" "$files")
    id=${id%%;*}
    echo "$id"
}

submit sample01 --array=2 --cpus-per-task=1 --partition=gpu --licenses=nightreel:1 --gres=gpu:1 --mem=1024M --time=11 "$@"; id_sample01=$id
submit decode --array=2 --cpus-per-task=1 --partition=gpu --licenses=nightreel:1 --gres=gpu:1 --mem=1024M --time=11 --dependency=aftercorr:${id_sample01} "$@"; id_decode=$id

