#!/bin/sh
# One line for all that a file system keeps of each name below the folder $1, by findutils, coreutils and attr.
set -eu
cd "$1"
find . ! -type d -printf '%P|%y|%m|%U:%G|%s|%l|%T@|%n\n' | sort
find . -type d -printf '%P|%y|%m|%U:%G|%T@\n' | sort
find . -type f -print0 | sort -z | xargs -0 -r sha256sum
find . -type b -o -type c | sort | xargs -r stat -c '%n %t %T'
find . -print0 | sort -z | xargs -0 getfattr -h -d -m - -e hex 2>/dev/null
find . -type f -links +1 -printf '%i %P\n' | sort -k2 | awk '{ if (!($1 in first)) first[$1] = $2; print first[$1], $2 }'
