#!/bin/sh
# Packs the initramfs: the first process, busybox, the two modules that open the tools, and the tools themselves.
# Uncompressed, because nearly all of it is the squashfs, which is compressed already.
#
#   pack.sh CACHE TOOLS SQUASHFS OUT      CACHE and TOOLS as for assemble.sh
set -eu
cache=$(realpath -m "$1")
tools=$(realpath -m "$2")
squashfs=$3
out=$(realpath -m "$4")
here=$(dirname "$0")
# shellcheck source=netboot/ramdisk/common.sh
. "$here/common.sh"
stage=$cache/initramfs

umask 022
rm -rf "$stage"
mkdir -p "$stage/brigade/modules" "$stage/dev" "$stage/proc" "$stage/sys"
cp "$here/root/init" "$stage/init"
cp "$cache/tree/bin/busybox" "$stage/brigade/busybox"
cp "$squashfs" "$stage/brigade/usr.squashfs"
for module in block/loop fs/squashfs/squashfs; do
	cp "$cache"/kernel/lib/modules/*/"kernel/drivers/$module.ko" "$stage/brigade/modules/" 2>/dev/null ||
		cp "$cache"/kernel/lib/modules/*/"kernel/$module.ko" "$stage/brigade/modules/"
done
chmod 755 "$stage/init" "$stage/brigade/busybox"
# Same bytes from the same files: no names of users, no times, no inode numbers, one order.
find "$stage" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-1700000000}" {} +
(cd "$stage" && find . | LC_ALL=C sort | from_tree "$tools" bin/cpio -o -H newc -R +0:+0 --reproducible --quiet) >"$out.new"
mv "$out.new" "$out"
