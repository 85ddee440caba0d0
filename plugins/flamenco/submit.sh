#!/bin/sh
# Sends the night to the Flamenco Manager, at the address in FLAMENCO_MANAGER or that of the site, which must have the job
# type nightreel.js. Prints the answer with the job's id.
set -eu
cd "$(dirname "$0")"
manager=${FLAMENCO_MANAGER:-@manager@}
curl --silent --show-error --fail-with-body --header "Content-Type: application/json" \
    --data-binary @flamenco.json "$manager/api/v3/jobs"
echo
