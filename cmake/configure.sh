#!/bin/sh
# Configures BUILD when it is not yet, or when the options differ; silent when there is nothing to do.
set -eu
build=$1
shift
wanted="$*"
stamp=$build/.configured
if [ -f "$build/build.ninja" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi
echo "Configuring $build"
cmake -S . -B "$build" -G Ninja "$@"
printf '%s' "$wanted" >"$stamp"
