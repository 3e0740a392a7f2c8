import { PRELUDE } from "./words.ts";

/**
 * Sets `disk` and `bytes`.
 *
 * Without DISK: the smallest disk that is large enough, for nodes often have a
 * small system disk and large data disks. USB, optical, memory and mapped
 * devices are never taken, nor is one that the kernel calls removable.
 */
export const CHOOSE_DISK = `
gigabytes() {
	tenths=$((($1 + 50000000) / 100000000))
	if [ $((tenths % 10)) -eq 0 ]; then printf '%s GB' $((tenths / 10)); else printf '%s.%s GB' $((tenths / 10)) $((tenths % 10)); fi
}
sysfs() { cat "/sys/block/$1/$2" 2>/dev/null || printf '0\\n'; }
candidate() {
	case $1 in loop* | ram* | zram* | sr* | fd* | dm-* | md* | nbd* | mmcblk*boot* | mmcblk*rpmb) return 1 ;; esac
	[ "$(sysfs "$1" removable)" = 0 ] && [ "$(sysfs "$1" ro)" = 0 ] && [ "$(sysfs "$1" hidden)" = 0 ] || return 1
	[ "$(sysfs "$1" size)" -gt 0 ] || return 1
	case $(readlink -f "/sys/block/$1/device") in */usb[0-9]*) return 1 ;; esac
}
# Sets disk and bytes to the best, else largest and largest_bytes to what there is.
look_for_disk() {
	disk='' bytes=0 largest='' largest_bytes=0
	for path in /sys/block/*; do
		name=$(basename "$path")
		candidate "$name" || continue
		found=$(($(sysfs "$name" size) * 512))
		if [ "$found" -gt "$largest_bytes" ]; then largest=/dev/$name largest_bytes=$found; fi
		[ "$found" -ge "$needed" ] || continue
		if [ -z "$disk" ] || [ "$found" -lt "$bytes" ]; then disk=/dev/$name bytes=$found; fi
	done
}

# The unpacked files take more than their archive, and a system without free space does not start.
needed=$((IMAGE_RAW_BYTES * 13 / 10 + 600000000))
# A controller may still be waking its disks.
patiently() {
	tries=0
	while ! "$@" && [ "$tries" -lt 10 ]; do
		sleep 1
		tries=$((tries + 1))
	done
}
is_there() { [ -b "$DISK" ]; }
some_disk() { look_for_disk && [ -n "$largest" ]; }
if [ -n "$DISK" ]; then
	patiently is_there
	is_there || hopeless "Node $NODE has no disk $DISK"
	disk=$(readlink -f "$DISK")
	[ -d "/sys/block/$(basename "$disk")" ] || hopeless "$DISK of node $NODE is not a whole disk"
	bytes=$(($(sysfs "$(basename "$disk")" size) * 512))
	largest=$DISK largest_bytes=$bytes
	[ "$bytes" -ge "$needed" ] || disk=''
else
	patiently some_disk
fi
[ -n "$largest" ] || hopeless "Node $NODE has no disk"
[ -n "$disk" ] || hopeless "Node $NODE: disk $largest has $(gigabytes "$largest_bytes"), the image needs $(gigabytes "$needed")"
`;

const CLEAR_DISK = `
release_target
name=$(basename "$disk")
# Signatures of file systems, RAID and LVM that were there would be found again by the new system.
for path in /sys/block/"$name"/*/partition; do
	[ -e "$path" ] || continue
	wipefs -aqf "/dev/$(basename "$(dirname "$path")")"
done
wipefs -aqf "$disk"
# Boot code lives in the first MiB, the second GPT and RAID records in the last: a half-made system never boots.
dd if=/dev/zero of="$disk" bs=512 count=2048 conv=notrunc,fsync 2>/dev/null || fail "Cannot write to the start of $disk"
dd if=/dev/zero of="$disk" bs=512 count=2048 seek=$((bytes / 512 - 2048)) conv=notrunc,fsync 2>/dev/null ||
	fail "Cannot write to the end of $disk"
`;

const MAKE_TABLE = `
part() { case $1 in *[0-9]) printf '%sp%s' "$1" "$2" ;; *) printf '%s%s' "$1" "$2" ;; esac; }
await_part() {
	tries=0
	while ! [ -b "$1" ]; do
		# Tells the kernel directly, for one that did not read the table again or cannot.
		partx -u "$disk" 2>/dev/null && [ -b "$1" ] && break
		[ "$tries" -lt 10 ] || fail "The kernel does not show $1 after $disk was partitioned"
		sleep 1
		tries=$((tries + 1))
	done
}
case $PARTITION_TABLE in
gpt)
	# Room for both firmwares, so that the disk still boots when the firmware's setting is changed.
	sfdisk --quiet --wipe always --wipe-partitions always "$disk" <<TABLE
label: gpt
size=1MiB, type=21686148-6449-6E6F-744E-656564454649, name="bios-boot"
size=260MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="esp"
type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="root"
TABLE
	esp=$(part "$disk" 2) root=$(part "$disk" 3)
	await_part "$esp"
	;;
mbr)
	# The table counts 32 bits of 512 bytes.
	size=''
	if [ "$bytes" -gt 2199022206976 ]; then size='size=2097148MiB, '; fi
	sfdisk --quiet --wipe always --wipe-partitions always "$disk" <<TABLE
label: dos
\${size}type=83, bootable
TABLE
	esp='' root=$(part "$disk" 1)
	;;
*) hopeless "Partition table \\"$PARTITION_TABLE\\" is unknown: wanted gpt or mbr" ;;
esac
await_part "$root"
note disk "$disk"
note esp "$esp"
note root "$root"
say "$disk ($(gigabytes "$bytes")): $PARTITION_TABLE, root on $root"
`;

/**
 * Chooses the disk, wipes what was on it and writes the partition table.
 *
 * Environment: NODE (name, for messages), IMAGE_RAW_BYTES, PARTITION_TABLE
 * (`gpt` or `mbr`), DISK (device, or empty to choose).
 * GPT: BIOS boot 1 MiB, ESP 260 MiB (the least for FAT32 with 4 KiB sectors), root.
 */
export const PARTITION = `${PRELUDE}
if [ "$PARTITION_TABLE" = mbr ] && [ -d /sys/firmware/efi ]; then
	hopeless "Node $NODE boots by UEFI, which needs a GPT: deploy it without MBR"
fi
${CHOOSE_DISK}${CLEAR_DISK}${MAKE_TABLE}`;
