#!/bin/sh
# usage: scripts/venv.sh FOLDER: make a fresh virtual environment there with the newest of Python 3.13, 3.12 and 3.11.
set -eu
venv=$1

suits() { # exit 0 where $1 runs and is Python 3.11 to 3.13, for which the pins are made
    "$1" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

python=
for name in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
    if suits "$name"; then python=$name; break; fi
done
if [ -z "$python" ]; then
    if [ -n "${PYTHON:-}" ]; then
        echo "make: PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13 that runs; name one that is, or leave PYTHON out" >&2
        exit 1
    fi
    found=$(python3 --version 2>/dev/null || echo "no python3")
    echo "make: Bongsu needs Python 3.11, 3.12 or 3.13 and found $found; install one (Debian: apt install python3 python3-venv; macOS: brew install python@3.13) or name it: make PYTHON=/path/to/python3.12" >&2
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    echo "make: $python ($("$python" --version)) lacks the venv module; install it (Debian: apt install python3-venv) or name another Python: make PYTHON=/path/to/python3.12" >&2
    exit 1
fi
rm -rf "$venv"
"$python" -m venv "$venv"
