#!/bin/sh
# Puts DuckDB for Node.js (70 MB) where bench/batch looks for it: into the cache
# folder of the user, or the folder that is given. Needs node 20 and npm.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/thalweg-bench}/duckdb
mkdir -p "$cache"
cp "$here/package.json" "$cache/"
cd "$cache"
npm install --no-audit --no-fund
echo "DuckDB is in $cache"
