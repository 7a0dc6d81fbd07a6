#!/bin/sh
# Installs the packages that the benchmark of the integrators compares with into a scratch environment, never into the project.
# Usage: test/bench/compile/install-peers.sh [DIRECTORY]   (default: $TMPDIR/noether-peers)
set -eu
directory="${1:-${TMPDIR:-/tmp}/noether-peers}"
mkdir -p "$directory"
python3 -m venv "$directory/python"
"$directory/python/bin/pip" install --quiet numpy scipy
for package in heyoka diffrax; do
  "$directory/python/bin/pip" install --quiet "$package" || echo "peer $package is not available here"
done
npm install --silent --no-audit --no-fund --prefix "$directory/node" odex
echo "$directory"
