#!/bin/sh
# Installs the independent checkers that tests use beside our own code: Debian packages (cmake/peers.txt), and Python
# and Node packages into BUILD/peers. Says what it does; silent and quick when nothing is to be done.
# Usage: tests/peers/install.sh BUILD
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/peers"
peers=$(cd "$1/peers" && pwd)
"$here/../../cmake/install_packages.sh" "$here/../../cmake/peers.txt"

wanted=$(cat "$here/requirements.txt" "$here/package.json" | sha256sum)
[ "$wanted" != "$(cat "$peers/.stamp" 2>/dev/null || true)" ] || exit 0
rm -f "$peers/.stamp"
echo "Installing independent checkers into $1/peers (about 100 MB to fetch, once)"
rm -rf "$peers/venv" "$peers/node_modules"
python3 -m venv "$peers/venv"
"$peers/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    -r "$here/requirements.txt"
cp "$here/package.json" "$peers/package.json"
(cd "$peers" && npm install --silent --ignore-scripts --no-audit --no-fund --no-package-lock)
printf '%s\n' "$wanted" >"$peers/.stamp"
