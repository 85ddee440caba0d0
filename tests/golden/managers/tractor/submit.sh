#!/bin/sh
# Spools the night to Tractor. Arguments are handed to tractor-spool.
set -eu
cd "$(dirname "$0")"
submission=${NIGHTREEL_SUBMISSION:-$(cat /proc/sys/kernel/random/uuid)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sed "s/NIGHTREEL_UUID/$submission/" tractor/night.alf >"$scratch/night.alf"
tractor-spool  "$@" "$scratch/night.alf"
