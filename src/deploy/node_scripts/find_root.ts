import { PRELUDE } from "./words.ts";

/**
 * Mounts the root of the Linux that a disk image brought. No environment.
 *
 * The last one wins that looks like a root: recovery systems come first on the disks that have them. Subvolumes are those of
 * Fedora (root) and of Ubuntu and openSUSE (@).
 */
export const FIND_ROOT = `${PRELUDE}
disk=$(fact disk)
release_target
mkdir -p "$target"
partx -u "$disk" 2>/dev/null || :
is_root() { [ -e "$1/etc/os-release" ] && { [ -e "$1/sbin/init" ] || [ -L "$1/sbin/init" ] || [ -e "$1/usr/lib/systemd/systemd" ]; }; }
root='' root_type='' subvolume=''
for path in "/sys/block/$(basename "$disk")"/*/partition "/sys/block/$(basename "$disk")"; do
	device=/dev/$(basename "\${path%/partition}")
	[ -b "$device" ] || continue
	type=$(blkid -p -s TYPE -o value "$device" 2>/dev/null) || continue
	case $type in ext[234] | xfs | btrfs) ;; *) continue ;; esac
	mount -t "$type" -o ro "$device" "$target" 2>/dev/null || continue
	if is_root "$target"; then root=$device root_type=$type subvolume=''; fi
	for name in root @; do
		if [ "$type" = btrfs ] && is_root "$target/$name"; then root=$device root_type=$type subvolume=$name; fi
	done
	release_target
done
[ -n "$root" ] || hopeless "The image has no Linux root on ext4, XFS or btrfs that could be customized: deploy it without --customize"
mount -t "$root_type" -o "rw,noatime\${subvolume:+,subvol=$subvolume}" "$root" "$target"
note root "$root"
say "$root\${subvolume:+ (subvolume $subvolume)} is mounted on $target"
`;
