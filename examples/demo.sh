#!/bin/sh
# Renders the first example into build/demo with two worker processes, and says where to look.
set -eu
build=$1
"$build/bin/nightreel" run examples/01_first_shot/night.yaml -o "$build/demo" --workers 2
echo "For the commands of the documents:  export PATH=\"$(cd "$build/bin" && pwd):\$PATH\"" >&2
