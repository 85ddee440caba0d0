#!/bin/sh
# Submits the night to Royal Render, whose render_apps/ must have what is in royal_render/render_apps/. Arguments are handed to
# rrSubmitterconsole.
set -eu
cd "$(dirname "$0")"
submission=${NIGHTREEL_SUBMISSION:-$(cat /proc/sys/kernel/random/uuid)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sed "s/NIGHTREEL_UUID/$submission/" royal_render/night.xml >"$scratch/night.xml"
submitter=${RR_ROOT:?}/bin/lx64/rrSubmitterconsole
"$submitter" "$scratch/night.xml" "$@"
