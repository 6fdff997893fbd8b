#!/bin/sh
# Puts Spark (520 MB) into a virtual environment where bench/tpch looks for it: in the
# cache folder of the user, or the folder that is given. Needs Python 3.10 and Java 17.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/thalweg-bench}/spark
mkdir -p "$cache"
python3 -m venv "$cache/venv"
"$cache/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
echo "Spark is in $cache"
