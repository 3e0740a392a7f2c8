# shellcheck shell=sh
# Shared by the scripts of this folder; sourced, never run.

fail() {
	echo "$*" >&2
	exit 1
}

# What differs between the architectures of nodes, which have Debian's names.
# shellcheck disable=SC2034
set_architecture() {
	architecture=$1
	case $1 in
	amd64) triple=x86_64-linux-gnu linker=lib64/ld-linux-x86-64.so.2 grub_platforms="i386-pc x86_64-efi" ;;
	arm64) triple=aarch64-linux-gnu linker=lib/ld-linux-aarch64.so.1 grub_platforms=arm64-efi ;;
	*) fail "Cannot build for \"$1\": nodes are amd64 or arm64." ;;
	esac
}

# Words of a list file, comments left out. A line that ends in [ARCHITECTURE] counts for that one only.
words() {
	sed -e 's/#.*//' -e "s/\[$architecture\] *\$//" -e '/\[.*\]/d' "$1" | tr -s ' \t\n' '\n' | sed '/^$/d'
}

# An empty root whose /bin, /sbin, /lib and /lib64 are links into /usr.
merged_usr() {
	mkdir -p "$1/usr"
	for dir in bin sbin lib lib64; do
		mkdir -p "$1/usr/$dir"
		ln -sfn "usr/$dir" "$1/$dir"
	done
}

# Runs a program of the builder's architecture from an unpacked tree with that tree's own libraries, so that the builder's do
# not matter.
from_tree() {
	tools=$1
	program=$2
	shift 2
	"$tools/lib64/ld-linux-x86-64.so.2" --library-path "$tools/usr/lib/x86_64-linux-gnu" "$tools/$program" "$@"
}
