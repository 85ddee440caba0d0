#!/bin/sh
# Installs what the given lists name and the machine lacks (default: cmake/packages.txt). A line is a package, and
# after it, where there is one, the program that makes it unnecessary. Without root or sudo it says what to do.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- "$here/packages.txt"
command -v dpkg-query >/dev/null 2>&1 || exit 0   # not Debian or Ubuntu: what is missing is named when it is needed

missing=$(sed 's/#.*//' "$@" | while read -r package program; do
    [ -n "$package" ] || continue
    if [ -n "$program" ] && command -v "$program" >/dev/null 2>&1; then continue; fi
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || printf ' %s' "$package"
done)
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root=sudo
else
    echo "Nightreel needs these packages; please run:  sudo apt-get install$missing" >&2
    exit 1
fi
echo "Installing packages:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { $as_root apt-get -qq update && $as_root apt-get -qq install -y --no-install-recommends $missing; } \
        >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "Installing failed; the last lines of apt-get stand above." >&2
    exit 1
fi
