import { PRELUDE } from "./words.ts";

const WRITE = `
# Never through a link of the image.
folder() {
	path=''
	for part in $(printf '%s' "$1" | tr / ' '); do
		path=$path$part
		if [ -L "$path" ]; then hopeless "The image has a link at /$path: no place for its seed"; fi
		[ -d "$path" ] || mkdir -m "$2" "$path"
		path=$path/
	done
}
put() { rm -f "$1"; (umask 077 && printf '%s' "$2" > "$1"); }
`;

const CLOUD_INIT = `
[ -x usr/bin/cloud-init ] || [ -x usr/sbin/cloud-init ] || hopeless "The image has no cloud-init: nothing in it would read the user data"
folder var/lib/cloud/seed/nocloud 755
nocloud=var/lib/cloud/seed/nocloud
put $nocloud/meta-data "$META_DATA"
put $nocloud/user-data "$USER_DATA"
put $nocloud/vendor-data "$VENDOR_DATA"
put $nocloud/network-config "$NETWORK_CONFIG"
# It names the system before it has read the seed, and by the first label only unless it is told here.
folder etc/cloud/cloud.cfg.d 755
put etc/cloud/cloud.cfg.d/90-brigade.cfg "prefer_fqdn_over_hostname: true
"
say "cloud-init finds its seed in /$nocloud"
`;

const IGNITION = `
disk=$(fact disk)
partx -u "$disk" 2>/dev/null || :
release_target
mkdir -p "$target"
found=''
for path in "/sys/block/$(basename "$disk")"/*/partition; do
	device=/dev/$(basename "\${path%/partition}")
	# Fedora CoreOS looks on the first, Flatcar on the second.
	case $(blkid -p -s LABEL -o value "$device" 2>/dev/null) in
	boot) place=ignition ;;
	OEM) place=. ;;
	*) continue ;;
	esac
	mount "$device" "$target" || fail "Cannot mount $device"
	cd "$target"
	if [ "$place" != . ]; then folder "$place" 755; fi
	put "$place/config.ign" "$USER_DATA"
	cd /
	release_target
	found=$device
done
[ -n "$found" ] || hopeless "The image has no partition labelled boot or OEM: nothing in it would read an Ignition config"
say "Ignition finds its config on $found"
`;

/**
 * Leaves what the system reads at its first start: cloud-init's seed in the mounted root, an Ignition config on the
 * partition where its system looks, the address where it says that it runs in `/etc/brigade/phone-home`.
 *
 * Environment: SEED (`cloud-init`, `ignition` or `none`), USER_DATA, META_DATA, VENDOR_DATA, NETWORK_CONFIG (texts; those of
 * the seed's kind), PHONE_HOME (URL, may be empty).
 */
export const SEED = `${PRELUDE}${WRITE}
if [ "$SEED" != ignition ]; then
	mounted || fail "The new root is not mounted on $target"
	cd "$target"
	if [ -n "$PHONE_HOME" ]; then
		folder etc/brigade 755
		put etc/brigade/phone-home "$PHONE_HOME
"
		say "The system finds its address to call in /etc/brigade/phone-home"
	fi
fi
case $SEED in
cloud-init)${CLOUD_INIT};;
ignition)${IGNITION};;
esac
`;
