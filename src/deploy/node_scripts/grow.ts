import { PRELUDE } from "./words.ts";

/** Sets `last` (device of the partition that ends last), `number`, `start`, `size`, `extended` (number, or empty), all in sectors. */
const FIND_LAST = `
mib=$((1048576 / $(blockdev --getss "$DISK")))
dump() { sfdisk --dump "$DISK" 2>/dev/null || hopeless "$DISK has no partition table: nothing on it can grow"; }
header() { dump | sed -n "s/^$1: *//p"; }
# One line for each partition: device, start, size, type.
partitions() {
	dump | sed -n 's|^\\([^ ]*\\) *: start= *\\([0-9]*\\), size= *\\([0-9]*\\), type= *\\([^, ]*\\).*|\\1 \\2 \\3 \\4|p'
}
number_of() { printf '%s' "\${1##*[!0-9]}"; }
find_last() {
	last='' start=0 size=0 extended=''
	partitions > /run/brigade/partitions
	while read -r device from length type; do
		case $label:$type in dos:5 | dos:f | dos:85) extended=$device; continue ;; esac
		if [ $((from + length)) -gt $((start + size)) ]; then last=$device start=$from size=$length; fi
	done < /run/brigade/partitions
	[ -n "$last" ] || hopeless "$DISK has no partition: nothing on it can grow"
	number=$(number_of "$last")
	if [ "$number" -le 4 ]; then extended=''; fi
}
# The kernel may not have looked since the image came, and cannot where it does not know this kind of table.
look_again() {
	blockdev --rereadpt "$DISK" 2>/dev/null || partx -u "$DISK" 2>/dev/null || :
	[ -b "$last" ] || partx -a -n "$number" "$DISK" || fail "The kernel does not show $last"
}
`;

const GROW_PARTITION = `
resize() {
	printf 'size=%s\\n' "$2" | sfdisk --quiet --no-reread --no-tell-kernel -N "$(number_of "$1")" "$DISK" ||
		fail "Cannot make $1 $2 sectors long"
}
grow_partition() {
	# An image's second GPT lies where the image's own disk ended.
	if [ "$label" = gpt ]; then
		sfdisk --quiet --no-reread --no-tell-kernel --relocate gpt-bak-std "$DISK" 2>/dev/null || fail "Cannot move the second GPT to the end of $DISK"
	fi
	end=$(header last-lba)
	if [ -n "$end" ]; then end=$((end + 1)); else end=$(($(blockdev --getsize64 "$DISK") / $(blockdev --getss "$DISK"))); fi
	end=$((end / mib * mib))
	# An MBR counts 32 bits of sectors.
	if [ "$label" = dos ] && [ "$end" -gt 4294967295 ]; then end=$((4294967295 / mib * mib)); fi
	wanted=$((end - start))
	[ "$wanted" -gt "$size" ] || return 0
	if [ -n "$extended" ]; then
		from=$(awk -v device="$extended" '$1 == device { print $2 }' /run/brigade/partitions)
		resize "$extended" $((end - from))
	fi
	resize "$last" "$wanted"
	look_again
	[ "$(blockdev --getsize64 "$last")" -eq $((wanted * 1048576 / mib)) ] || fail "The kernel does not take the new size of $last"
}
`;

const GROW_CONTENT = `
kind_of() { blkid -p -s TYPE -o value "$1" 2>/dev/null || :; }
# These two grow only while they are mounted.
mounted_do() {
	mkdir -p /run/brigade/grow
	mount -t "$1" -o "$2" "$3" /run/brigade/grow || fail "Cannot mount $3 ($1)"
	shift 3
	failed=''
	"$@" /run/brigade/grow > /dev/null || failed=yes
	umount /run/brigade/grow
	[ -z "$failed" ] || fail "$1 cannot grow the file system"
}
grow_ext() {
	# 1: mended. Growing an unchecked file system is refused.
	e2fsck -fp "$1" > /dev/null || [ $? -eq 1 ] || fail "The file system of $1 is damaged: e2fsck cannot mend it by itself"
	resize2fs "$1" > /dev/null 2>&1 || fail "resize2fs cannot grow $1"
}
grow_volume() {
	pvresize -q "$1" > /dev/null || fail "pvresize cannot grow $1"
	group=$(pvs --noheadings -o vg_name "$1" | tr -d ' ')
	[ -n "$group" ] || return 0
	vgchange -q -ay "$group" > /dev/null
	set --
	for volume in $(lvs --noheadings -o lv_path "$group"); do
		if [ "$(kind_of "$volume")" != swap ]; then set -- "$@" "$volume"; fi
	done
	# Which of several should have the room is for their owner to say.
	if [ $# -eq 1 ]; then
		lvextend -q -l +100%FREE "$1" > /dev/null 2>&1 || :
		grow_content "$1"
	else
		grown="volume group $group"
	fi
	vgchange -q -an "$group" > /dev/null
}
grow_content() {
	kind=$(kind_of "$1")
	grown="$1 ($kind)"
	case $kind in
	ext2 | ext3 | ext4) grow_ext "$1" ;;
	xfs) mounted_do xfs nouuid "$1" xfs_growfs ;;
	btrfs) mounted_do btrfs noatime "$1" btrfs filesystem resize max ;;
	LVM2_member) grow_volume "$1" ;;
	*) fail "$1 holds \${kind:-nothing that is known}, which does not grow" ;;
	esac
}
`;

/**
 * Gives the last partition of a disk, and what is in it, all the room that the disk has behind it: images are made for
 * smaller disks. A partition with something that cannot grow (swap, an ESP) stays as it is, and so does everything else.
 * Doing it twice does nothing the second time.
 *
 * Environment: DISK (device). The partition must not be mounted. Last line: what has grown.
 */
export const GROW = `${PRELUDE}
mkdir -p /run/brigade
[ -b "$DISK" ] || hopeless "There is no disk $DISK"
${FIND_LAST}${GROW_PARTITION}${GROW_CONTENT}
label=$(header label)
find_last
look_again
kind=$(kind_of "$last")
case $kind in
ext2 | ext3 | ext4 | xfs | btrfs | LVM2_member)
	grow_partition
	grow_content "$last"
	blockdev --flushbufs "$DISK"
	say "$grown has grown to the end of $DISK"
	;;
*) say "$last holds \${kind:-nothing that is known}, which does not grow: $DISK is left as it is" ;;
esac
`;
