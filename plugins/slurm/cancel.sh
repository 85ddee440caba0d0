#!/bin/sh
# Cancels what still waits or runs of the night; afterwards submit.sh submits it again.
cd "$(dirname "$0")" || exit 10
while read -r id stage; do scancel "$id"; done <slurm/submitted
rm -f slurm/submitted
