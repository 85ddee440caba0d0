#!/bin/bash
# Submits the night to Deadline 10, job by job, and prints their ids, one a line. Arguments are more lines for
# every job info file: ./submit.sh InitialStatus=Suspended. When a job is refused, those before it are deleted.
set -eEuo pipefail
cd "$(dirname "$0")"
deadlinecommand=deadlinecommand
# `nightreel submit` knows what it submitted; a person is asked first.
if [ -z "${NIGHTREEL_SUBMISSION:-}" ] && [ -s deadline/submitted ]; then
    echo >&2 "submit.sh: submitted before, see $PWD/deadline/submitted; ./cancel.sh deletes those jobs"
    exit 1
fi
submission=${NIGHTREEL_SUBMISSION:-$(cat /proc/sys/kernel/random/uuid)}
scratch=$(mktemp -d)
lines=("$@")
declare -A id_of=()
ids=()

give_up() {
    trap - ERR
    if [ ! -s deadline/submitted ] || NIGHTREEL_IDS='' ./cancel.sh >&2; then
        echo >&2 "submit.sh: the night was not submitted"
    else
        echo >&2 "submit.sh: the night was submitted in part: ./cancel.sh deletes the jobs in $PWD/deadline/submitted"
    fi
    exit 1
}
trap 'rm -rf "$scratch"' EXIT
trap give_up ERR INT TERM

# submit JOB OTHER_JOB...: after the others, as its job info says.
submit() {
    local job=$1 other dependencies= said id
    shift
    for other; do dependencies+=${dependencies:+,}${id_of[$other]}; done
    {
        cat "deadline/jobs/$job.job"
        echo "Comment=nightreel $submission"
        echo "ExtraInfoKeyValue0=nightreel_submission=$submission"
        echo "EnvironmentKeyValue0=NIGHTREEL_SUBMISSION=$submission"
        if [ -n "$dependencies" ]; then echo "JobDependencies=$dependencies"; fi
        if [ ${#lines[@]} -gt 0 ]; then printf '%s\n' "${lines[@]}"; fi
    } >"$scratch/$job.job"
    said=$("$deadlinecommand" "$scratch/$job.job" "deadline/jobs/$job.plugin" 2>&1) || true
    id=$(sed -n 's/\r$//; s/^JobID=//p' <<<"$said")
    if [ -z "$id" ]; then
        printf 'submit.sh: job %s was refused:\n%s\n' "$job" "$said" >&2
        return 1
    fi
    id_of[$job]=$id
    ids+=("$id")
    echo "$id $job" >>deadline/submitted
}

rm -f deadline/submitted
submit sample01
submit decode sample01

printf '%s\n' "${ids[@]}"
