#!/bin/sh
# Runs one unit of the night: unit.sh NAME [OPTION...]; options are those of `nightreel-render task`. The exit code is that of the first task that failed.
set -eu
job=$(cd "$(dirname "$0")" && pwd)
unit=$job/units/${1:?usage: unit.sh NAME [OPTION...]}
[ -f "$unit" ] || { echo >&2 "unit.sh: no unit $1: there is no $unit"; exit 2; }
shift
render=@program@
# exec: signals of the farm manager reach the renderer, and its exit code the manager.
exec "$render" task "$job" $(cat "$unit") @options@ "$@"
