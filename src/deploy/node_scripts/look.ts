import { PRELUDE } from "./words.ts";

const BLOCK_WORDS = `
sysfs() { cat "/sys/block/$1/$2" 2>/dev/null || :; }
# One field of a line: what vendors print may hold anything.
clean() { tr -c 'A-Za-z0-9 ._:+/@-' ' ' | sed 's/  */ /g; s/^ //; s/ *$//' | cut -c 1-100; }
first() { for file; do if [ -s "/sys/block/$name/$file" ]; then sysfs "$name" "$file"; return; fi; done; }
is_whole_disk() { case $1 in loop* | ram* | zram* | sr* | fd* | dm-* | md* | nbd* | mmcblk*boot* | mmcblk*rpmb) return 1 ;; esac; }
# SCSI vital product data page 0x80: four bytes, then the text (SPC-4).
scsi_serial() { dd "if=/sys/block/$name/device/vpd_pg80" bs=1 skip=4 2>/dev/null || :; }
transport() {
	case $name:$place in
	*/usb[0-9]*) printf usb ;;
	nvme*) printf nvme ;;
	mmcblk*) printf mmc ;;
	vd* | *:*/virtio[0-9]*) printf virtio ;;
	*/ata[0-9]*) printf sata ;;
	*/end_device-*) printf sas ;;
	sd*) printf scsi ;;
	esac
}
# As udev's path_id names it: the last PCI address, then the place behind it.
path_id() {
	pci=$(printf '%s\\n' "$place" | sed -n 's|.*/\\([0-9a-f]\\{4\\}:[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f]\\.[0-9a-f]\\)/.*|\\1|p')
	[ -n "$pci" ] || return 0
	scsi=$(basename "$place")
	case $(transport) in
	nvme) printf 'pci-%s-nvme-%s' "$pci" "$(sysfs "$name" nsid)" ;;
	sata)
		ata=$(printf '%s\\n' "$place" | sed -n 's|.*/\\(ata[0-9]*\\)/.*|\\1|p')
		printf 'pci-%s-ata-%s' "$pci" "$(cat "\${place%/"$ata"/*}/$ata/ata_port/$ata/port_no" 2>/dev/null)"
		;;
	sas) printf 'pci-%s-sas-%s-lun-%s' "$pci" "$(sysfs "$name" device/sas_address)" "\${scsi##*:}" ;;
	scsi) printf 'pci-%s-scsi-0:%s' "$pci" "\${scsi#*:}" ;;
	*) printf 'pci-%s' "$pci" ;;
	esac
}
`;

const SAY_DISKS = `
bytes_of() { printf '%s' $(($(sysfs "$1" size) * 512)); }
has_size() { [ "$(sysfs "$1" size)" -gt 0 ] 2>/dev/null && [ "$(sysfs "$1" hidden)" != 1 ]; }
say_disk() {
	name=$1
	place=$(readlink -f "/sys/block/$name/device" || :)
	device=/dev/$(printf '%s' "$name" | tr '!' /)
	serial=$(first serial device/serial | clean)
	if [ -z "$serial" ]; then serial=$(scsi_serial | clean); fi
	printf 'disk\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$device" "$(bytes_of "$name")" \\
		"$(sysfs "$name" queue/logical_block_size)" "$(sysfs "$name" removable)" "$(sysfs "$name" ro)" "$(transport)" \\
		"$(first wwid device/wwid | clean)" "$serial" "$(first device/model | clean)" "$(path_id)"
}
all_disks() {
	for path in /sys/block/*; do
		block=$(basename "$path")
		if is_whole_disk "$block" && has_size "$block"; then say_disk "$block"; fi
	done
}
# Those of one disk: number, start, sectors, type, PARTUUID, GPT name, label, what is in it.
say_partitions() {
	sfdisk --dump "$1" 2>/dev/null | sed -n 's|^\\([^ ]*\\) *: start= *\\([0-9]*\\), size= *\\([0-9]*\\), type= *\\([^, ]*\\).*|\\1 \\2 \\3 \\4|p' |
		while read -r device start sectors type; do
			value() { blkid -p -s "$1" -o value "$device" 2>/dev/null | clean; }
			printf 'part\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$1" "\${device##*[!0-9]}" "$start" "$sectors" "$type" \\
				"$(value PART_ENTRY_UUID)" "$(value PART_ENTRY_NAME)" "$(value LABEL)" "$(value TYPE)"
		done
}
`;

/**
 * Says which disks the node has, and its firmware: one line each, fields with tabs between (\`look_text.ts\` reads them).
 *
 * Environment: DISK (a device that is wanted whatever it is, or empty), PARTITIONS (\`yes\`: partitions too).
 */
export const LOOK = `${PRELUDE}${BLOCK_WORDS}${SAY_DISKS}
if [ -d /sys/firmware/efi ]; then firmware=uefi; else firmware=bios; fi
wanted=$(readlink -f "\${DISK:-/dev}")
# A controller may still be waking its disks.
tries=0
while [ "$tries" -lt 10 ]; do
	disks=$(all_disks)
	if [ -n "$DISK" ] && [ -d "/sys/block/\${wanted#/dev/}" ]; then break; fi
	if [ -z "$DISK" ] && [ -n "$disks" ]; then break; fi
	sleep 1
	tries=$((tries + 1))
	wanted=$(readlink -f "\${DISK:-/dev}")
done
say "firmware	$firmware"
if [ -n "$disks" ]; then say "$disks"; fi
if [ -n "$DISK" ] && ! is_whole_disk "\${wanted#/dev/}" && [ -d "/sys/block/\${wanted#/dev/}" ]; then say_disk "\${wanted#/dev/}"; fi
if [ -n "$DISK" ] && [ -b "$wanted" ]; then say "wanted	$wanted"; fi
if [ "$PARTITIONS" = yes ]; then
	{ say "$disks"; [ -z "$DISK" ] || say "disk	$wanted"; } | cut -f 2 | sort -u | while read -r device; do
		if [ -b "$device" ]; then say_partitions "$device"; fi
	done
fi
`;
