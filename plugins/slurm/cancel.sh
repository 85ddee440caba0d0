#!/bin/sh
# Cancels what still waits or runs of the night.
cd "$(dirname "$0")" || exit 10
while read -r id stage; do scancel "$id"; done <slurm/submitted
