#!/bin/sh
# Runs the unit of a stage that has this number: member.sh STAGE NUMBER [OPTION...]; see unit.sh.
set -eu
job=$(cd "$(dirname "$0")" && pwd)
stage=${1:?usage: member.sh STAGE NUMBER [OPTION...]}
number=${2:?usage: member.sh STAGE NUMBER [OPTION...]}
shift 2
unit=$(sed -n "s/^$number //p" "$job/stages/$stage")
[ -n "$unit" ] || { echo >&2 "member.sh: stage $stage has no unit $number"; exit 2; }
echo "unit $unit"
exec "$job/unit.sh" "$unit" "$@"
