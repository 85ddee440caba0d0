#!/bin/bash
# One unit, its progress as Tractor reads it. The unit takes the place of this script: signals reach it, and its exit code Tractor.
set -u
job=$(cd "$(dirname "$0")/../." && pwd)
exec > >(exec sed -u 's/^openjd_progress: \([0-9]*\).*/TR_PROGRESS \1%/') 2>&1
exec "$job/unit.sh" "$@"
