#!/bin/sh
# Hands the night to AWS Deadline Cloud and prints the id of the job: submit.sh [OPTION...]; options are those of `deadline bundle submit`.
set -eu
cd "$(dirname "$0")"
job=$(cd ../.. && pwd)
uuid=${NIGHTREEL_SUBMISSION:-$(cat /proc/sys/kernel/random/uuid)}
said=$(deadline bundle submit . --yes --name aurora" $uuid" -p "JobDir=$job" -p "Submission=$uuid" \
    --known-asset-path "$job" --known-asset-path /out "$@") || {
    code=$?
    printf '%s\n' "$said" >&2
    exit $code
}
printf '%s\n' "$said" >&2
id=$(printf '%s\n' "$said" | grep -o 'job-[0-9a-f]\{32\}' | tail -n 1)
[ -n "$id" ] || { echo >&2 "submit.sh: deadline named no job; \`deadline job get $uuid\` finds it if there is one"; exit 1; }
echo "$id"
