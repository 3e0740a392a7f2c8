import { PRELUDE } from "./words.ts";

const FIND_KERNEL = `
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
disk=$(fact disk)
root_uuid=$(blkid -s UUID -o value "$root") || fail "Cannot find the UUID of $root"
# A kernel without initramfs cannot look into file systems, only into partition tables.
if [ -n "$initrd" ]; then root_argument=UUID=$root_uuid; else root_argument=PARTUUID=$(blkid -s PARTUUID -o value "$root"); fi
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
if serial --unit=0 --speed=115200; then
	terminal_input console serial
	terminal_output console serial
fi
search --no-floppy --fs-uuid --set=root $root_uuid
menuentry "Linux \${version:-(no version)}" {
	linux /$kernel root=$root_argument ro $console$quoted
CONFIGURATION
	if [ -n "$initrd" ]; then say "	initrd /$initrd"; fi
	say "}"
}
configuration | fresh boot/grub/grub.cfg
# What the node needs on its command line must survive the image's own update-grub.
if [ -d etc/default ]; then
	say "GRUB_CMDLINE_LINUX=\\"\\$GRUB_CMDLINE_LINUX $console $KERNEL_ARGUMENTS\\"" | fresh etc/default/grub.d/90-brigade.cfg
fi
`;

const INSTALL_GRUB = `
install_grub() { grub-install --no-floppy --locales= --themes= --fonts= --boot-directory="$target/boot" "$@" 2>&1; }
if [ -d /sys/firmware/efi ]; then
	[ -n "$esp" ] || hopeless "The node boots by UEFI, but its disk has no EFI system partition"
	mkdir -p boot/efi
	mountpoint -q boot/efi || mount -t vfat "$esp" boot/efi
	# The path that firmware tries without an entry in its memory, which is lost with a battery and full of what was there before.
	install_grub --target=x86_64-efi --efi-directory="$target/boot/efi" --removable --no-nvram >&2
	mkdir -p boot/efi/EFI/debian
	cp boot/efi/EFI/BOOT/BOOTX64.EFI boot/efi/EFI/debian/grubx64.efi
	firmware=UEFI
else
	# GRUB need not look at every other disk, which takes long where there are many; and it knows this kind, whatever it is.
	say "(hd0) $disk" | fresh boot/grub/device.map
	install_grub --target=i386-pc "$disk" >&2
	rm -f boot/grub/device.map
	firmware=BIOS
fi
say "GRUB for $firmware on $disk starts /$kernel"
`;

/**
 * Makes the disk boot its newest kernel, with GRUB from the ramdisk and a
 * complete grub.cfg of our own: the image's update-grub takes minutes in
 * emulation and would look at the ramdisk's devices.
 *
 * Environment: KERNEL_ARGUMENTS (space between them, may be empty).
 */
export const BOOT_LOADER = `${PRELUDE}${FIND_KERNEL}${WRITE_CONFIGURATION}${INSTALL_GRUB}`;
