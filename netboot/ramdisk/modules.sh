#!/bin/sh
# Copies the kernel modules of modules.list and all that they depend on (softly too) into a root and indexes them.
#
#   modules.sh ARCHITECTURE CACHE TOOLS ROOT
set -eu
here=$(dirname "$0")
# shellcheck source=netboot/ramdisk/common.sh
. "$here/common.sh"
set_architecture "$1"
cache=$(realpath -m "$2")
tools=$(realpath -m "$3")
root=$4
release=$(ls "$cache/kernel/lib/modules")
all=$cache/kernel/lib/modules/$release

index() {
	from_tree "$tools" sbin/depmod -b "$1" "$release" 2>&1 | grep -v -e '^depmod: WARNING: could not open modules\.' >&2 || :
}

# Paths of the wanted modules and of the closure of modules.dep and modules.softdep; a name that does not exist is an error.
closure() {
	words "$here/modules.list" | awk '
		function plain(name) { sub(/.*\//, "", name); sub(/\.ko.*/, "", name); gsub(/-/, "_", name); return name }
		function want(name) { if (!(name in wanted)) { wanted[name] = 1; queue[++last] = name } }
		FILENAME ~ /modules\.dep$/ { key = plain($1); sub(/:$/, "", $1); path[key] = $1; for (i = 2; i <= NF; i++) need[key] = need[key] " " plain($i); next }
		FILENAME ~ /modules\.softdep$/ { if ($1 == "softdep") for (i = 3; i <= NF; i++) if ($i !~ /:$/) soft[plain($2)] = soft[plain($2)] " " plain($i); next }
		FILENAME ~ /modules\.builtin$/ { builtin[plain($1)] = 1; next }
		{ asked[plain($1)] = 1; want(plain($1)) }
		END {
			for (at = 1; at <= last; at++) {
				name = queue[at]
				if (name in path) print path[name]
				else if ((name in asked) && !(name in builtin)) { print "Cannot find the kernel module " name " of modules.list." > "/dev/stderr"; exit 1 }
				count = split(need[name] soft[name], names, " ")
				for (i = 1; i <= count; i++) want(names[i])
			}
		}' "$all/modules.dep" "$all/modules.softdep" "$all/modules.builtin" -
}

[ -e "$all/modules.dep" ] || index "$cache/kernel"
to=$root/usr/lib/modules/$release
mkdir -p "$to"
cp "$all/modules.order" "$all/modules.builtin" "$all/modules.builtin.modinfo" "$to/"
closure >"$cache/modules.txt"
while read -r module; do
	mkdir -p "$to/${module%/*}"
	cp "$all/$module" "$to/$module"
done <"$cache/modules.txt"
index "$root"
# The text forms are only for people and for depmod itself.
rm -f "$to/modules.dep" "$to/modules.alias" "$to/modules.symbols" "$to/modules.order" "$to/modules.builtin" "$to/modules.builtin.modinfo"
