#!/bin/sh
# One unit, its output in logs/NAME.log. A unit that fails does not stop the others.
job=@job@
note() {
    echo "$*" >>"$job/shell/runs/$NIGHTREEL_SUBMISSION"
}
note begin "$1"
"$job/unit.sh" "$1" >>"$job/logs/$1.log" 2>&1
code=$?
note end "$1" $code
if [ $code -eq 0 ]; then
    echo "$1: done"
else
    echo "$1: failed with exit code $code; see logs/$1.log" >&2
fi
exit $code
