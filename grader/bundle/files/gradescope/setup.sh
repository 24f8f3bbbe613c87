#!/usr/bin/env bash
# Prepares Gradescope's image, once: a Python of its own for the grader, what it needs in pinned versions, and its images.
set -euo pipefail

source_dir="${AUTOGRADER:-/autograder}/source"
cd "$source_dir"

suitable() {
    command -v "$1" > /dev/null && "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2> /dev/null
}

find_python() {
    for candidate in python3.12 python3.13 python3.11 python3; do
        if suitable "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

if ! python="$(find_python)"; then
    apt-get update
    # Ubuntu 24.04 has the first, 22.04 the second.
    apt-get install --yes --no-install-recommends python3.12 python3.12-venv || apt-get install --yes --no-install-recommends python3.11 python3.11-venv
    python="$(find_python)"
fi

"$python" -m venv "$source_dir/venv"
"$source_dir/venv/bin/python" -m pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

# shellcheck source=/dev/null
. ./exercise.env
export PYTHONPATH="$source_dir/package" GRADER_CACHE_DIR="$source_dir/cache"
if [ -n "$DATASET" ]; then
    "$source_dir/venv/bin/python" -P -m grader data prepare "$DATASET"
fi
"$source_dir/venv/bin/python" -P -m grader doctor || true
# Student code is not to read the secret, whatever else fails: only who runs the grader may.
chmod -R go-rwx "$source_dir"
