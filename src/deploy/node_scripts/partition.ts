import { PLAN_WORDS } from "./plan_words.ts";
import { PRELUDE } from "./words.ts";

/** Gives `stop_volumes` and `clear_disk DEVICE`. */
export const CLEAR = `
sectors_of() { cat "/sys/block/\${1##*/}/size"; }
# An attempt before this one may have left them running.
stop_volumes() {
	for path in /sys/block/dm-*; do
		[ -e "$path" ] || continue
		vgchange -q -an > /dev/null 2>&1 || :
	done
	for path in /sys/block/md*; do
		[ -e "$path" ] || continue
		mdadm --quiet --stop "/dev/\${path##*/}" || :
	done
}
# Signatures of file systems, RAID and LVM that were there would be found again by the new system.
clear_disk() {
	for path in /sys/block/"\${1##*/}"/*/partition; do
		[ -e "$path" ] || continue
		wipefs -aqf "/dev/$(basename "$(dirname "$path")")"
	done
	wipefs -aqf "$1"
	# Boot code lives in the first MiB, the second GPT and RAID records in the last: a half-made system never boots.
	dd if=/dev/zero of="$1" bs=512 count=2048 conv=notrunc,fsync 2>/dev/null || fail "Cannot write to the start of $1"
	dd if=/dev/zero of="$1" bs=512 count=2048 seek=$(($(sectors_of "$1") - 2048)) conv=notrunc,fsync 2>/dev/null ||
		fail "Cannot write to the end of $1"
}
`;

const MAKE_TABLE = `
await_part() {
	tries=0
	while ! [ -b "$2" ]; do
		# Tells the kernel directly, for one that did not read the table again or cannot.
		partx -u "$1" 2>/dev/null && [ -b "$2" ] && break
		[ "$tries" -lt 10 ] || fail "The kernel does not show $2 after $1 was partitioned"
		sleep 1
		tries=$((tries + 1))
	done
}
table_text() {
	if [ "$(lines table)" = mbr ]; then say 'label: dos'; else say 'label: gpt'; fi
	say 'unit: sectors'
	lines part | while read -r number start sectors type name; do
		if [ "$(lines table)" = gpt ]; then
			say "$number : start=$start, size=$sectors, type=$type, name=$name"
		elif [ "$number" = 1 ]; then
			# Some BIOSes start only from a disk with a partition that is marked.
			say "$number : start=$start, size=$sectors, type=$type, bootable"
		else
			say "$number : start=$start, size=$sectors, type=$type"
		fi
	done
}
make_table() {
	table_text | sfdisk --quiet --wipe always --wipe-partitions always "$1" || fail "Cannot write a partition table to $1"
	for number in $(lines part | cut -d ' ' -f 1); do await_part "$1" "$(part "$1" "$number")"; done
	# Left by what was there before, at the very place.
	for number in $(lines part | cut -d ' ' -f 1); do wipefs -aqf "$(part "$1" "$number")"; done
}
`;

const MAKE_VOLUMES = `
make_array() {
	modprobe -q raid1 || :
	name=$1 metadata=$2 number=$3
	set --
	for disk in $(lines disk | cut -d ' ' -f 2); do set -- "$@" "$(part "$disk" "$number")"; done
	# Any host takes it for its own, so that its name stays.
	mdadm --quiet --create "/dev/md/$name" --run --homehost=any --name="$name" --level=1 --metadata="$metadata" \\
		--bitmap=internal --raid-devices=$# "$@" < /dev/null > /dev/null || fail "Cannot make the mirror $name"
	[ -b "/dev/md/$name" ] || fail "The kernel does not show the mirror $name"
	wipefs -aqf "/dev/md/$name"
}
make_group() {
	modprobe -q dm_mod || :
	name=$1
	set --
	for thing in $(lines group | awk -v group="$name" '$1 == group { print $2 }'); do set -- "$@" "$(device "$thing")"; done
	vgcreate -q -y --physicalextentsize 4m --dataalignment 1m "$name" "$@" > /dev/null || fail "Cannot make the volume group $name"
}
make_volume() {
	if [ "$3" = rest ]; then size=100%FREE; else size=$3; fi
	lvcreate -q -y --wipesignatures y -l "$size" -n "$2" "$1" < /dev/null > /dev/null || fail "Cannot make the volume $2 of the group $1"
}
`;

const NOTES = `
root=$(device "$(mounted_at /)")
esp=$(mounted_at /boot/efi)
if [ -n "$esp" ]; then esp=$(device "$esp"); fi
note disk "$(disk_of 1)"
note esp "$esp"
note root "$root"
`;

/**
 * Wipes the disks of the plan, writes their tables and makes mirrors and volumes.
 *
 * Environment: DISK_PLAN (see `layout/plan_text.ts`). The appliance chose the disks and counted the sectors.
 */
export const PARTITION = `${PRELUDE}${PLAN_WORDS}${CLEAR}${MAKE_TABLE}${MAKE_VOLUMES}
# What a deployment before this one left in this boot of the ramdisk may be about another disk.
rm -rf "$layout"
mkdir -p "$layout"
printf '%s' "$DISK_PLAN" > "$plan"
release_target
stop_volumes
for disk in $(lines disk | cut -d ' ' -f 2); do
	[ -b "$disk" ] || hopeless "$disk is gone"
	clear_disk "$disk"
done
for disk in $(lines disk | cut -d ' ' -f 2); do make_table "$disk"; done
lines array | while read -r name metadata number; do make_array "$name" "$metadata" "$number"; done
for group in $(lines group | cut -d ' ' -f 1 | sort -u); do make_group "$group"; done
# What takes the rest comes last.
{ lines volume | grep -v ' rest$' || :; lines volume | grep ' rest$' || :; } | while read -r group name extents; do
	make_volume "$group" "$name" "$extents"
done
${NOTES}
say "$(lines disk | cut -d ' ' -f 2 | tr '\\n' ' '): $(lines table), root on $root"
`;

/**
 * Takes one partition of a disk and leaves everything else on it as it is.
 *
 * Environment: DISK_PLAN, with the one partition as its root and no table.
 */
export const TAKE_PARTITION = `${PRELUDE}${PLAN_WORDS}
# What a deployment before this one left in this boot of the ramdisk may be about another disk.
rm -rf "$layout"
mkdir -p "$layout"
printf '%s' "$DISK_PLAN" > "$plan"
release_target
${NOTES}
[ -b "$root" ] || hopeless "$root is gone"
wipefs -aqf "$root"
say "$root is taken, the rest of $(disk_of 1) stays"
`;
