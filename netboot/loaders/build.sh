#!/bin/sh
# Puts the network boot programs together: iPXE as Debian ships it, and localboot.efi, which starts a disk's own loader
# where iPXE itself cannot (UEFI); for Secure Boot the loaders that Microsoft's and Debian's keys have signed.
#
#   build.sh ARCHITECTURE CACHE TOOLS OUT
#
# CACHE as ../ramdisk/fetch.sh left it, TOOLS the unpacked tree of the builder's architecture, OUT the directory to fill.
set -eu
here=$(dirname "$0")
# shellcheck source=netboot/ramdisk/common.sh
. "$here/../ramdisk/common.sh"
set_architecture "$1"
cache=$(realpath -m "$2")
tools=$(realpath -m "$3")
out=$(realpath -m "$4")
tree=$cache/tree

# GRUB with everything inside: no file is fetched after it.
localboot() {
	stage=$cache/localboot
	rm -rf "$stage"
	mkdir -p "$stage/boot/grub"
	sed "$names" "$here/localboot.cfg" >"$stage/boot/grub/grub.cfg"
	tar -C "$stage" --format=ustar --sort=name --owner=0 --group=0 --mtime=@0 --mode=u=rwX,go=rX -cf "$cache/localboot.tar" boot
	from_tree "$tools" usr/bin/grub-mkimage -d "$tree/usr/lib/grub/$platform" -O "$platform" -p '(memdisk)/boot/grub' \
		-m "$cache/localboot.tar" -o "$out/localboot.efi.new" \
		memdisk tar normal configfile echo test sleep regexp chain boot minicmd reboot halt part_gpt part_msdos fat disk
	chmod 644 "$out/localboot.efi.new"
	mv "$out/localboot.efi.new" "$out/localboot.efi"
}

# One of Debian's programs under the name by which it is published.
ipxe() {
	[ -e "$tree/usr/lib/ipxe/$1" ] || fail "Cannot find $1 in Debian's ipxe package."
	cp "$tree/usr/lib/ipxe/$1" "$out/$2"
}

umask 022
mkdir -p "$out"
# The names of loaders on disks, as in localboot.cfg for x64.
names=
case $architecture in
amd64)
	platform=x86_64-efi
	for loader in undionly.kpxe ipxe.pxe snponly.efi ipxe.efi; do ipxe "$loader" "$loader"; done
	# Under the names that they ask each other for: shim loads grubx64.efi from where it came from itself.
	install -m 644 "$tree/usr/lib/shim/shimx64.efi.signed" "$out/shimx64.efi"
	install -m 644 "$tree/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed" "$out/grubx64.efi"
	install -m 644 "$here/localboot.cfg" "$out/localboot.cfg"
	;;
arm64)
	platform=arm64-efi
	names='s/x64\.efi/aa64.efi/g; s/BOOTX64\.EFI/BOOTAA64.EFI/g'
	ipxe ipxe-arm64.efi ipxe.efi
	;;
esac
localboot
