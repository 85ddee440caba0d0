#!/bin/sh
# Runs one unit of the night: unit.sh NAME [OPTION...]; options are those of `nightreel-render task`. The exit code is that of the first task that failed.
set -eu
job=$(cd "$(dirname "$0")" && pwd)
name=${1:?usage: unit.sh NAME [OPTION...]}
unit=$job/units/$name
[ -f "$unit" ] || { echo >&2 "unit.sh: no unit $name: there is no $unit"; exit 2; }
shift
render=/opt/nightreel/bin/nightreel-render
# exec: signals of the farm manager reach the renderer, and its exit code the manager.
exec "$render" task "$job" $(cat "$unit") --device auto --threads 1 --models /farm/models --unit "$name" "$@"
