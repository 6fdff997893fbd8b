#!/bin/sh
# Puts Polars (200 MB) into a virtual environment where bench/batch looks for it: in
# the cache folder of the user, or the folder that is given. Needs Python 3.10.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/thalweg-bench}/polars
mkdir -p "$cache"
python3 -m venv "$cache/venv"
"$cache/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
echo "Polars is in $cache"
