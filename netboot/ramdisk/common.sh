# shellcheck shell=sh
# Shared by the scripts of this folder; sourced, never run.

fail() {
	echo "$*" >&2
	exit 1
}

# Words of a list file, comments left out.
words() {
	sed 's/#.*//' "$1" | tr -s ' \t\n' '\n' | sed '/^$/d'
}

# An empty root whose /bin, /sbin, /lib and /lib64 are links into /usr.
merged_usr() {
	mkdir -p "$1/usr"
	for dir in bin sbin lib lib64; do
		mkdir -p "$1/usr/$dir"
		ln -sfn "usr/$dir" "$1/$dir"
	done
}

# Runs a program of the unpacked tree with that tree's own libraries, so that the builder's do not matter.
from_tree() {
	tree=$1
	program=$2
	shift 2
	"$tree/lib64/ld-linux-x86-64.so.2" --library-path "$tree/usr/lib/x86_64-linux-gnu" "$tree/$program" "$@"
}
