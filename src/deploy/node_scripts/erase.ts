import { PRELUDE } from "./words.ts";

const METHODS = `
name=\${DISK#/dev/}
bytes=$(blockdev --getsize64 "$DISK")
is_nvme() { case $name in nvme*) return 0 ;; esac; return 1; }
# Its firmware erases by itself, nobody froze that at boot, and no password of somebody else is set.
is_ata_ready() {
	hdparm -I "$DISK" 2>/dev/null > /run/brigade/identify || return 1
	security=$(sed -n '/^Security:/,/^[A-Z]/p' /run/brigade/identify)
	printf '%s\\n' "$security" | grep -q '^[[:space:]]*supported$' || return 1
	printf '%s\\n' "$security" | grep -q 'not[[:space:]]*frozen' || return 1
	printf '%s\\n' "$security" | grep -q 'not[[:space:]]*enabled'
}
# 1: what users wrote. The namespace keeps its size and format.
nvme_format() { nvme format "$DISK" --ses=1 --force > /dev/null 2>&1; }
# The password is there for the erasing only, which takes it away.
ata_erase() {
	hdparm --user-master u --security-set-pass brigade "$DISK" > /dev/null 2>&1 || return 1
	if hdparm --user-master u --security-erase brigade "$DISK" > /dev/null 2>&1; then return 0; fi
	hdparm --user-master u --security-disable brigade "$DISK" > /dev/null 2>&1 || :
	return 1
}
discard() { blkdiscard -f "$DISK" 2>/dev/null; }
# A piece at a time, so that it can be stopped; where the kernel cannot hand it to the disk it writes zeros itself.
zero() {
	at=0 piece=1073741824
	while [ "$at" -lt "$bytes" ]; do
		if [ $((bytes - at)) -lt "$piece" ]; then piece=$((bytes - at)); fi
		blkdiscard -z -f -o "$at" -l "$piece" "$DISK" 2>/dev/null || return 1
		at=$((at + piece))
	done
}
`;

const CHECK = `
# Erased disks give zeros, and some all ones.
is_blank() {
	dd if="$DISK" bs=1M skip="$1" count=1 2>/dev/null > /run/brigade/piece
	[ "$(tr -d '\\000' < /run/brigade/piece | head -c 1 | wc -c)" -eq 0 ] ||
		[ "$(tr -d '\\377' < /run/brigade/piece | head -c 1 | wc -c)" -eq 0 ]
}
# Sixty-four places evenly over the disk, its first MiB and its last among them.
check_samples() {
	pieces=$(((bytes + 1048575) / 1048576))
	index=0
	while [ "$index" -le 64 ]; do
		at=$((index * (pieces - 1) / 64))
		is_blank "$at" || fail "$DISK is not blank after $used: MiB $at still holds something"
		index=$((index + 1))
	done
}
check_all() {
	left=$(dd if="$DISK" bs=4M 2>/dev/null | tr -d '\\000' | head -c 1 | wc -c)
	[ "$left" -eq 0 ] || fail "$DISK is not blank after $used: it still holds something"
}
`;

/**
 * Erases one whole disk, whatever is on it.
 *
 * `auto` has the disk's own firmware do it where it can (NVMe format, ATA secure erase), for that reaches what was set aside
 * as worn, and else writes zeros. `discard` only tells the disk that nothing is needed any more: quick, and no promise.
 *
 * Environment: DISK (device), METHOD (`auto`, `nvme-format`, `ata`, `discard`, `zero`), VERIFY (`none`, `sample`, `full`).
 * Last line: `erased METHOD BYTES`.
 */
export const ERASE = `${PRELUDE}
mkdir -p /run/brigade
if ! [ -b "$DISK" ] || ! [ -d "/sys/block/\${DISK#/dev/}" ]; then hopeless "There is no disk $DISK"; fi
${METHODS}${CHECK}
release_target
if grep -q "^$DISK" /proc/mounts /proc/swaps; then hopeless "$DISK is in use: something of it is mounted"; fi
for holder in /sys/block/"$name"/holders/* /sys/block/"$name"/*/holders/*; do
	[ ! -e "$holder" ] || hopeless "$DISK is in use: \${holder##*/} is made of it"
done
used=$METHOD
case $METHOD in
auto)
	if is_nvme && nvme_format; then
		used=nvme-format
	elif ! is_nvme && is_ata_ready && ata_erase; then
		used=ata
	elif zero; then
		used=zero
	else
		fail "$DISK cannot be erased: it refuses to be written"
	fi
	;;
nvme-format)
	is_nvme || hopeless "$DISK is no NVMe disk: another method erases it"
	nvme_format || fail "$DISK does not take the NVMe format command"
	;;
ata)
	is_ata_ready || hopeless "$DISK has no ATA secure erase, or it is frozen or locked: another method erases it"
	ata_erase || fail "$DISK does not take the ATA erase command"
	;;
discard) discard || hopeless "$DISK cannot be told to discard: another method erases it" ;;
zero) zero || fail "$DISK cannot be erased: it refuses to be written" ;;
*) hopeless "There is no method $METHOD to erase a disk" ;;
esac
sync
blockdev --flushbufs "$DISK"
case $VERIFY in
sample) check_samples ;;
full) check_all ;;
esac
# What the kernel still thinks is there.
blockdev --rereadpt "$DISK" 2>/dev/null || :
say "erased $used $bytes"
`;
