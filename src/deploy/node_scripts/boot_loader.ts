import { PLAN_WORDS } from "./plan_words.ts";
import { PRELUDE } from "./words.ts";

/** Sets `version`, `kernel` and `initrd`, paths in the root, where it then is. */
export const FIND_KERNEL = `
has_plan
mounted || fail "The new root is not mounted on $target"
cd "$target"
version='' kernel=''
for path in boot/vmlinuz-*; do
	case $path in *.old | *.bak | *-rescue-* | *'*') continue ;; esac
	version=$(printf '%s\\n%s\\n' "$version" "\${path#boot/vmlinuz-}" | sort -V | tail -n 1)
done
if [ -n "$version" ]; then kernel=boot/vmlinuz-$version; elif [ -f boot/vmlinuz ]; then kernel=boot/vmlinuz; fi
[ -n "$kernel" ] || hopeless "The image has no kernel (no /boot/vmlinuz-*)"
case $version in *[!A-Za-z0-9._+~-]*) hopeless "The image's kernel has a name that GRUB would misread: $kernel" ;; esac

initrd=''
for path in "boot/initrd.img-$version" "boot/initramfs-$version.img" "boot/initrd-$version" boot/initrd.img boot/initrd; do
	if [ -f "$path" ]; then initrd=$path; break; fi
done
`;

const WRITE_CONFIGURATION = `
root=$(fact root)
esp=$(fact esp)
root_thing=$(mounted_at /)
boot_thing=$(mounted_at /boot)
has_program() { [ -e "sbin/$1" ] || [ -e "usr/sbin/$1" ] || hopeless "The image has no $1: it could not find its root, $root"; }
case $root_thing in
array:*) has_program mdadm ;;
volume:*)
	has_program lvm
	if [ -n "$(lines array)" ]; then has_program mdadm; fi
	;;
esac
root_uuid=$(blkid -s UUID -o value "$root") || fail "Cannot find the UUID of $root"
# A kernel without initramfs cannot look into file systems, only into partition tables.
case $root_thing in
volume:*) root_argument=$root ;;
*) root_argument=UUID=$root_uuid ;;
esac
if [ -z "$initrd" ]; then
	case $root_thing in
	part:*) root_argument=PARTUUID=$(blkid -s PARTUUID -o value "$root") ;;
	*) hopeless "The image has no initramfs: its kernel alone cannot find its root, $root" ;;
	esac
fi
# GRUB sees the file system that holds the kernel, whose root may be /boot.
boot_uuid=$root_uuid boot_prefix=/
if [ -n "$boot_thing" ]; then
	boot_uuid=$(blkid -s UUID -o value "$(device "$boot_thing")") || fail "Cannot find the UUID of $(device "$boot_thing")"
	boot_prefix=''
fi
in_boot() { if [ -n "$boot_prefix" ]; then printf '/%s' "$1"; else printf '/%s' "\${1#boot/}"; fi; }
console='console=tty0 console=ttyS0,115200'
# GRUB expands wildcards; the quotes keep them.
set -f
quoted=''
for argument in $KERNEL_ARGUMENTS; do quoted="$quoted '$argument'"; done
set +f

fresh() { mkdir -p "$(dirname "$1")"; rm -f "$1"; cat > "$1"; chmod 644 "$1"; }
configuration() {
	cat <<CONFIGURATION
# Written at installation; update-grub writes it anew.
set timeout=1
set default=0
insmod part_gpt
insmod part_msdos
insmod ext2
insmod xfs
insmod btrfs
insmod lvm
insmod mdraid1x
if serial --unit=0 --speed=115200; then
	terminal_input console serial
	terminal_output console serial
fi
search --no-floppy --fs-uuid --set=root $boot_uuid
menuentry "Linux \${version:-(no version)}" {
	linux $(in_boot "$kernel") root=$root_argument ro $console$quoted
CONFIGURATION
	if [ -n "$initrd" ]; then say "	initrd $(in_boot "$initrd")"; fi
	say "}"
}
configuration | fresh boot/grub/grub.cfg
# What the node needs on its command line must survive the image's own update-grub.
if [ -d etc/default ]; then
	say "GRUB_CMDLINE_LINUX=\\"\\$GRUB_CMDLINE_LINUX $console $KERNEL_ARGUMENTS\\"" | fresh etc/default/grub.d/90-brigade.cfg
fi
`;

/** For a kexec: the disk is let go of before the node leaves the ramdisk. A copy that does not fit is none. */
const KEEP_FOR_KEXEC = `
rm -rf /run/brigade/kexec
if [ -n "\${KEEP_KERNEL:-}" ]; then
	mkdir -p /run/brigade/kexec
	if cp "$kernel" /run/brigade/kexec/kernel && { [ -z "$initrd" ] || cp "$initrd" /run/brigade/kexec/initrd; }; then
		say "root=$root_argument ro $console $KERNEL_ARGUMENTS" > /run/brigade/kexec/command-line
	else
		rm -rf /run/brigade/kexec
	fi
fi
`;

const INSTALL_GRUB = `
install_grub() { grub-install --no-floppy --locales= --themes= --fonts= --boot-directory="$target/boot" "$@" 2>&1; }
disks() { lines disk | cut -d ' ' -f 2; }
install_uefi() {
	[ -n "$esp" ] || hopeless "The node boots by UEFI, but its disk has no EFI system partition"
	mkdir -p boot/efi
	mountpoint -q boot/efi || mount -t vfat "$esp" boot/efi
	# A system that was installed with an entry in the firmware's memory has no EFI/BOOT.
	if [ "$BOOT_SECTOR" = keep ] && [ -n "$(find boot/efi/EFI -mindepth 2 -iname '*.efi' 2>/dev/null | head -n 1)" ]; then
		# Somebody else's: this one is beside it, and started by its own name.
		install_grub --target=x86_64-efi --efi-directory="$target/boot/efi" --bootloader-id=brigade --no-nvram >&2
		return
	fi
	# The path that firmware tries without an entry in its memory, which is lost with a battery and full of what was there before.
	install_grub --target=x86_64-efi --efi-directory="$target/boot/efi" --removable --no-nvram >&2
	if [ "$BOOT_SECTOR" != keep ]; then
		mkdir -p boot/efi/EFI/debian
		cp boot/efi/EFI/BOOT/BOOTX64.EFI boot/efi/EFI/debian/grubx64.efi
	fi
	# Each disk starts alone.
	for thing in $(lines esp); do
		other=$(device "$thing")
		[ "$other" != "$esp" ] || continue
		mkdir -p /run/brigade/esp
		mount -t vfat "$other" /run/brigade/esp || fail "Cannot mount $other"
		cp -r boot/efi/EFI /run/brigade/esp/
		umount /run/brigade/esp
	done
}
install_bios() {
	# GRUB need not look at every other disk, which takes long where there are many; and it knows this kind, whatever it is.
	disks | awk '{ print "(hd" NR - 1 ") " $1 }' | fresh boot/grub/device.map
	if [ "$BOOT_SECTOR" = keep ]; then
		# Into the partition itself: nothing outside of it is written. GRUB advises against it, for files may be moved.
		install_grub --target=i386-pc --force "$root" >&2
	else
		for each in $(disks); do install_grub --target=i386-pc "$each" >&2; done
	fi
	rm -f boot/grub/device.map
}
if [ -d /sys/firmware/efi ]; then
	install_uefi
	firmware=UEFI
else
	install_bios
	firmware=BIOS
fi
say "GRUB for $firmware on $(disks | tr '\\n' ' ')starts /$kernel"
`;

/**
 * Makes the disk boot its newest kernel, with GRUB from the ramdisk and a
 * complete grub.cfg of our own: the image's update-grub takes minutes in
 * emulation and would look at the ramdisk's devices.
 *
 * Environment: KERNEL_ARGUMENTS (space between them, may be empty), BOOT_SECTOR (`keep`: what starts the disk now stays,
 * this system's loader goes into its own partition, or beside the other ones on the ESP), KEEP_KERNEL (not empty: the node may leave by kexec, so kernel,
 * initrd and command line are kept in /run/brigade/kexec).
 */
export const BOOT_LOADER = `${PRELUDE}${PLAN_WORDS}${FIND_KERNEL}${WRITE_CONFIGURATION}${KEEP_FOR_KEXEC}${INSTALL_GRUB}`;
