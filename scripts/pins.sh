#!/bin/sh
# Solve requirements.txt and requirements-bench.txt anew from pyproject.toml, with the hash of every file of every pin.
# Solved on Python 3.11, the oldest that is supported: what it can run, 3.12 and 3.13 can run too.
set -eu
cd "$(dirname "$0")/.."
if ! .venv/bin/python -c 'import sys; raise SystemExit(sys.version_info[:2] != (3, 11))'; then
    echo "make pins: .venv must be made with Python 3.11 (make clean && make PYTHON=python3.11 pins)" >&2
    exit 1
fi
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
.venv/bin/python -m venv "$tools"
# Only the public index counts: a pin that exists on one machine alone would install nowhere else.
export PIP_CONFIG_FILE=/dev/null
unset PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL
"$tools/bin/pip" install --quiet pip-tools

solve() { # solve INPUT OUTPUT [OPTION...]
    input=$1 output=$2
    shift 2
    "$tools/bin/pip-compile" --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-header \
        --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options "$@" \
        --output-file "$tools/out.txt" "$input"
    { awk '!/^#/ { exit } { print }' "$output"; cat "$tools/out.txt"; } > "$tools/new.txt"
    cp "$tools/new.txt" "$output"
    rm "$tools/out.txt"
}

solve pyproject.toml requirements.txt --extra dev --all-build-deps
solve pyproject.toml requirements-bench.txt --extra bench --constraint requirements.txt
echo "Pins are new. Bring the versions in docs/dependencies.md up to date, then: make test-all bench"
