# For the scripts here: shell/lock of the job directory is held, as file 9, by what runs the night and by all that this starts. So the
# lock tells whether anything of it still runs, which the number of a process does not; and no second run begins meanwhile.
# shell/run has the UUID, host and process of the latest run; shell/runs/UUID what became of its units.
job=@job@
host=$(uname -n)
NIGHTREEL_SUBMISSION=${NIGHTREEL_SUBMISSION:-$(cat /proc/sys/kernel/random/uuid)}
export NIGHTREEL_SUBMISSION

hold_lock() {
    command -v flock >/dev/null || {
        echo >&2 "$0: no program flock: install util-linux"
        exit 10
    }
    mkdir -p "$job/shell/runs" "$job/logs" || exit 10
    exec 9>>"$job/shell/lock"
    flock -w 0.5 9 || {
        echo >&2 "$0: the night runs already (submission, host, process): $(cat "$job/shell/run")"
        exit 10
    }
}

record_run() {
    echo "run $host $1" >>"$job/shell/runs/$NIGHTREEL_SUBMISSION"
    echo "$NIGHTREEL_SUBMISSION $host $1" >"$job/shell/run.new" && mv "$job/shell/run.new" "$job/shell/run"
}

# submit.sh hands its lock over, and has recorded the run.
take_lock() {
    [ /proc/self/fd/9 -ef "$job/shell/lock" ] || {
        hold_lock
        record_run "$1"
    }
}
