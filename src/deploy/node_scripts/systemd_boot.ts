import { FIND_KERNEL } from "./boot_loader.ts";
import { PLAN_WORDS } from "./plan_words.ts";
import { PRELUDE } from "./words.ts";

/**
 * Makes an UEFI disk boot its newest kernel by systemd-boot: loader, kernel and initramfs on the EFI system partition, one entry
 * (Boot Loader Specification, type 1). The loader is the image's own.
 *
 * Environment: KERNEL_ARGUMENTS (space between them, may be empty).
 */
export const SYSTEMD_BOOT = `${PRELUDE}${PLAN_WORDS}${FIND_KERNEL}
[ -d /sys/firmware/efi ] || hopeless "The node boots by BIOS, which cannot start systemd-boot"
esp=$(fact esp)
[ -n "$esp" ] || hopeless "The node boots by UEFI, but its disk has no EFI system partition"
[ -n "$initrd" ] || hopeless "The image has no initramfs for /$kernel, which cannot find its root without"
loader=usr/lib/systemd/boot/efi/systemd-bootx64.efi
if [ -f "$loader.signed" ]; then loader=$loader.signed; fi
[ -f "$loader" ] || hopeless "The image has no systemd-boot (/$loader): install systemd-boot-efi in it, or another boot loader with --boot-loader"
root=$(fact root)
case $(mounted_at /) in
volume:*) root_argument=$root ;;
*) root_argument=UUID=$(blkid -s UUID -o value "$root") || fail "Cannot find the UUID of $root" ;;
esac

mkdir -p boot/efi
mountpoint -q boot/efi || mount -t vfat "$esp" boot/efi
cd boot/efi
# Both are started without an entry in the firmware's memory, which is lost with a battery.
mkdir -p EFI/BOOT EFI/systemd EFI/brigade loader/entries
cp "$target/$loader" EFI/BOOT/BOOTX64.EFI
cp "$target/$loader" EFI/systemd/systemd-bootx64.efi
cp "$target/$kernel" EFI/brigade/vmlinuz
cp "$target/$initrd" EFI/brigade/initramfs
printf 'default brigade.conf\\ntimeout 1\\n' > loader/loader.conf
cat > loader/entries/brigade.conf <<ENTRY
title Linux \${version:-(no version)}
linux /EFI/brigade/vmlinuz
initrd /EFI/brigade/initramfs
options root=$root_argument ro console=tty0 console=ttyS0,115200 $KERNEL_ARGUMENTS
ENTRY
cd "$target"
say "systemd-boot starts /$kernel"
`;
