#!/bin/sh
# Installs the packages that the benchmark of the integrators compares with into a scratch environment, never into the project.
# Usage: test/bench/compile/install-peers.sh [DIRECTORY]   (default: $TMPDIR/noether-peers); the benchmark finds it by NOETHER_PEERS.
# scikit-sundae brings the shared libraries of SUNDIALS, which the benchmark calls from C; JiTCODE needs a C compiler when it runs.
# A package that cannot be installed is named; the benchmark goes on without it.
set -eu
directory="${1:-${TMPDIR:-/tmp}/noether-peers}"
mkdir -p "$directory"
python3 -m venv "$directory/python"
for package in numpy scipy heyoka scikit-sundae setuptools sympy jitcode diffrax; do
  "$directory/python/bin/pip" install --quiet --disable-pip-version-check "$package" || echo "peer $package is not available here"
done
npm install --silent --no-audit --no-fund --prefix "$directory/node" odex || echo "peer odex is not available here"
echo "$directory"
