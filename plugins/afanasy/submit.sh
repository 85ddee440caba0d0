#!/bin/sh
# Sends the night to afserver, at the address in AFANASY_SERVER or that of the site; prints the answer with the job's id.
set -eu
cd "$(dirname "$0")"
server=${AFANASY_SERVER:-@server@}
# Without its length in this header the server answers nothing.
curl --silent --show-error --fail --header "AFANASY: $(wc -c <afanasy.json)" --data-binary @afanasy.json "http://$server/"
echo
