#!/bin/sh
# Puts the network boot programs together: iPXE as Debian ships it, and localboot.efi, which starts a disk's own loader
# where iPXE itself cannot (UEFI); for Secure Boot the loaders that Microsoft's and Debian's keys have signed.
#
#   build.sh CACHE OUT      CACHE as ../ramdisk/fetch.sh left it, OUT the directory to fill
set -eu
cache=$(realpath -m "$1")
out=$(realpath -m "$2")
here=$(dirname "$0")
# shellcheck source=netboot/ramdisk/common.sh
. "$here/../ramdisk/common.sh"
tree=$cache/tree

# GRUB with everything inside: no file is fetched after it.
localboot() {
	stage=$cache/localboot
	rm -rf "$stage"
	mkdir -p "$stage/boot/grub"
	cp "$here/localboot.cfg" "$stage/boot/grub/grub.cfg"
	tar -C "$stage" --format=ustar --sort=name --owner=0 --group=0 --mtime=@0 --mode=u=rwX,go=rX -cf "$cache/localboot.tar" boot
	from_tree "$tree" usr/bin/grub-mkimage -d "$tree/usr/lib/grub/x86_64-efi" -O x86_64-efi -p '(memdisk)/boot/grub' \
		-m "$cache/localboot.tar" -o "$out/localboot.efi.new" \
		memdisk tar normal configfile echo test sleep regexp chain boot minicmd reboot halt part_gpt part_msdos fat disk
	chmod 644 "$out/localboot.efi.new"
	mv "$out/localboot.efi.new" "$out/localboot.efi"
}

umask 022
mkdir -p "$out"
for loader in undionly.kpxe ipxe.pxe snponly.efi ipxe.efi; do
	[ -e "$tree/usr/lib/ipxe/$loader" ] || fail "Cannot find $loader in Debian's ipxe package."
	cp "$tree/usr/lib/ipxe/$loader" "$out/$loader"
done
localboot
# Under the names that they ask each other for: shim loads grubx64.efi from where it came from itself.
install -m 644 "$tree/usr/lib/shim/shimx64.efi.signed" "$out/shimx64.efi"
install -m 644 "$tree/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed" "$out/grubx64.efi"
install -m 644 "$here/localboot.cfg" "$out/localboot.cfg"
