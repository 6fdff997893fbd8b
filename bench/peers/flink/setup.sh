#!/bin/sh
# Puts Flink (300 MB) where bench/tpch and bench/stream look for it: into the cache folder of the user,
# or the folder that is given. Needs a JDK of at least 17 and Maven.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/thalweg-bench}/flink
mvn --quiet --batch-mode --file "$here/sql/pom.xml" -Doutput="$cache" package
echo "Flink is in $cache"
