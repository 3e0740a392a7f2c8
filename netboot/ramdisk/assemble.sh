#!/bin/sh
# Puts the /usr of the ramdisk together and packs it as squashfs: read where it lies, a page at a time, so that a node neither
# waits for tools it does not use to be unpacked nor spends memory on them.
#
#   assemble.sh ARCHITECTURE CACHE TOOLS AGENT OUT
#
# CACHE as fetch.sh left it, TOOLS the unpacked tree of the builder's architecture, the agent's binary, the squashfs to write.
set -eu
here=$(dirname "$0")
# shellcheck source=netboot/ramdisk/common.sh
. "$here/common.sh"
set_architecture "$1"
cache=$(realpath -m "$2")
tools=$(realpath -m "$3")
agent=$4
out=$(realpath -m "$5")
tree=$cache/tree
root=$cache/root

copy_programs() {
	for path in $(words "$here/programs.list"); do
		[ -e "$tree$path" ] || fail "Cannot find $path of programs.list in the unpacked packages: add its package to packages.list."
		mkdir -p "$root${path%/*}"
		cp -L "$tree$path" "$root$path"
	done
	cp "$agent" "$root/usr/bin/brigade-agent"
	chmod 755 "$root/usr/bin/brigade-agent"
	# Other names of the same programs.
	ln -s dash "$root/bin/sh"
	for name in modprobe insmod rmmod lsmod modinfo depmod; do ln -s ../bin/kmod "$root/usr/sbin/$name"; done
	for name in mkfs.ext2 mkfs.ext3 mkfs.ext4; do ln -s mke2fs "$root/usr/sbin/$name"; done
	for name in fsck.ext2 fsck.ext3 fsck.ext4; do ln -s e2fsck "$root/usr/sbin/$name"; done
	[ "$architecture" != amd64 ] || ln -s ../lib/grub/i386-pc/grub-bios-setup "$root/usr/sbin/grub-bios-setup"
	for name in pvcreate pvresize pvs vgcreate vgchange vgremove vgs lvcreate lvextend lvs; do ln -s lvm "$root/usr/sbin/$name"; done
	ln -s mkfs.fat "$root/usr/sbin/mkfs.vfat"
	ln -s fsck.fat "$root/usr/sbin/fsck.vfat"
}

# Names of the shared libraries that the given files ask for.
needed() {
	readelf -dW "$@" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | LC_ALL=C sort -u
}

# Every shared library that a program of the root asks for, and those that these ask for, from the same packages. Read from the
# files: programs of another architecture cannot be asked.
copy_libraries() {
	libraries=$root/usr/lib/$triple
	mkdir -p "$libraries"
	cp -L "$tree/$linker" "$root/${linker%/*}/"
	# shellcheck disable=SC2046
	set -- $(words "$here/programs.list" | sed "s|^|$root|")
	while [ $# -gt 0 ]; do
		wanted=$(needed "$@")
		set --
		for name in $wanted; do
			if [ "$name" = "${linker##*/}" ] || [ -e "$libraries/$name" ]; then continue; fi
			cp -L "$tree/usr/lib/$triple/$name" "$libraries/$name" ||
				fail "Cannot find $name in the unpacked packages: add its package to packages.list."
			set -- "$@" "$libraries/$name"
		done
	done
}

# GRUB's modules, without its modules for tests and its loaders of other firmware kinds.
copy_grub() {
	for platform in $grub_platforms; do
		mkdir -p "$root/usr/lib/grub/$platform"
		cp "$tree/usr/lib/grub/$platform"/* "$root/usr/lib/grub/$platform/"
		(cd "$root/usr/lib/grub/$platform" && rm -f ./*_test.mod test_*.mod ./*test.mod.keep ./*.module kernel.exec)
	done
}

copy_settings() {
	mkdir -p "$root/usr/share/brigade/etc" "$root/usr/lib/brigade" "$root/usr/lib/$triple/gconv"
	cp "$tree/etc/mke2fs.conf" "$root/usr/share/brigade/etc/"
	cp -R "$here/root/usr/." "$root/usr/"
	# mkfs.vfat converts labels between these two; grub-install looks for translations and complains when there is no folder.
	cp "$tree/usr/lib/$triple/gconv/IBM850.so" "$here/root/gconv-modules" "$root/usr/lib/$triple/gconv/"
	mkdir -p "$root/usr/share/locale"
	chmod 755 "$root"/usr/lib/brigade/*
}

# Names that no copied program has are busybox's, which is the same version for every architecture.
link_applets() {
	"$tools/bin/busybox" --list | while read -r applet; do
		[ -e "$root/usr/bin/$applet" ] || [ -L "$root/usr/bin/$applet" ] ||
			[ -e "$root/usr/sbin/$applet" ] || [ -L "$root/usr/sbin/$applet" ] ||
			ln -s busybox "$root/usr/bin/$applet"
	done
}

pack() {
	rm -f "$out.new"
	epoch=${SOURCE_DATE_EPOCH:-1700000000}
	(
		unset SOURCE_DATE_EPOCH
		from_tree "$tools" usr/bin/mksquashfs "$root/usr" "$out.new" -noappend -quiet -no-progress -no-xattrs -no-exports -all-root \
			-mkfs-time "$epoch" -all-time "$epoch" -comp zstd -Xcompression-level 19
	)
	chmod 644 "$out.new"
	mv "$out.new" "$out"
}

umask 022
rm -rf "$root"
merged_usr "$root"
copy_programs
copy_libraries
copy_grub
copy_settings
link_applets
sh "$here/modules.sh" "$architecture" "$cache" "$tools" "$root"
pack
