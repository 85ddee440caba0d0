#!/bin/bash
# Units FIRST to LAST of the stage decode: decode.sh FIRST LAST. A file in royal_render/done tells Royal Render that a unit is done.
set -u
job='/farm/it'\''s a job'
marks='/farm/it'\''s a job/submissions/2/royal_render/done'
mkdir -p "$marks" || exit 10
# Empty when the client assigns no GPU: then all are free to use.
[ -n "${CUDA_VISIBLE_DEVICES-}" ] || unset CUDA_VISIBLE_DEVICES
trap 'kill -TERM "$child" 2>/dev/null' TERM INT
for ((number = $1; number <= ${2:-$1}; number++)); do
    grep -q "^$number " "$job/stages/decode" || continue
    "$job/member.sh" decode "$number" &
    child=$!
    wait "$child"
    code=$?
    # A signal ends `wait` before the unit has ended.
    while kill -0 "$child" 2>/dev/null; do
        wait "$child"
        code=$?
    done
    [ $code -eq 0 ] || exit $code
    touch "$marks/$(printf '%s_%04d.done' decode "$number")"
done
