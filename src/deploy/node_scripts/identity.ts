import { PLAN_WORDS } from "./plan_words.ts";
import { PRELUDE } from "./words.ts";

const NAMES = `
mounted || fail "The new root is not mounted on $target"
[ -d "$target/etc" ] || hopeless "The image has no /etc: it is not a root file system"
cd "$target"
# Never write through a link of the image.
fresh() { mkdir -p "$(dirname "$1")"; rm -f "$1"; cat > "$1"; chmod 644 "$1"; }

printf '%s\\n' "$HOST_NAME" | fresh etc/hostname

short=\${HOST_NAME%%.*}
names=$HOST_NAME
if [ "$short" != "$HOST_NAME" ]; then names="$HOST_NAME $short"; fi
kept=$(sed '/^127\\.0\\.1\\.1[[:space:]]/d' etc/hosts 2>/dev/null || :)
case $kept in *localhost*) ;; *) kept=$(printf '127.0.0.1\\tlocalhost\\n::1\\tlocalhost ip6-localhost ip6-loopback\\n%s' "$kept") ;; esac
printf '%s\\n127.0.1.1\\t%s\\n' "$kept" "$names" | fresh etc/hosts
`;

const FILE_SYSTEMS = `
uuid() { blkid -s UUID -o value "$1" || fail "Cannot find the UUID of $1"; }
# Volumes by their names, which snapshots do not share; everything else by UUID.
source_of() { case $1 in volume:*) device "$1" ;; *) printf 'UUID=%s' "$(uuid "$(device "$1")")" ;; esac; }
table() {
	lines mount | while read -r thing path kind options pass; do
		mkdir -p ".$path"
		source=$(source_of "$thing")
		say "$source $path $kind $options 0 $pass"
	done
	lines swap | while read -r thing; do
		source=$(source_of "$thing")
		say "$source none swap sw,nofail 0 0"
	done
}
fstab=$(table)
say "$fstab" | fresh etc/fstab
if [ -n "$(lines array)" ]; then
	{
		say 'HOMEHOST <system>'
		say 'MAILADDR root'
		lines array | while read -r name _; do mdadm --detail --brief "/dev/md/$name"; done
	} | fresh etc/mdadm/mdadm.conf
fi
`;

const NETWORK = `
enabled() { [ -L "etc/systemd/system/multi-user.target.wants/$1" ] || [ -L "etc/systemd/system/$1" ]; }
has_networkd() { [ -x usr/lib/systemd/systemd-networkd ] || [ -x lib/systemd/systemd-networkd ]; }
has_ifupdown() { [ -e etc/network/interfaces ] && { [ -x sbin/ifup ] || [ -x usr/sbin/ifup ]; }; }

# DHCP asks with the MAC as client identifier, so that firmware, ramdisk and system share one lease.
if has_networkd && { enabled systemd-networkd.service || ! has_ifupdown; }; then
	fresh etc/systemd/network/10-brigade.network <<NETWORK
# Written at installation.
[Match]
MACAddress=$MACS

[Network]
DHCP=ipv4

[DHCPv4]
ClientIdentifier=mac
NETWORK
	if ! enabled systemd-networkd.service; then
		mkdir -p etc/systemd/system/multi-user.target.wants
		ln -s /lib/systemd/system/systemd-networkd.service etc/systemd/system/multi-user.target.wants/
	fi
	network=systemd-networkd
elif has_ifupdown; then
	# The name that the system will give the card cannot be known here, so the card is given one.
	fresh etc/systemd/network/10-brigade.link <<LINK
# Written at installation.
[Match]
MACAddress=\${MACS%% *}

[Link]
Name=lan0
LINK
	fresh etc/network/interfaces <<INTERFACES
# Written at installation.
auto lo
iface lo inet loopback

auto lan0
iface lan0 inet dhcp
INTERFACES
	network=ifupdown
else
	network="left as the image has it"
fi
say "Host name $HOST_NAME, network: $network"
`;

/**
 * Gives the new system its names, its file system table and its network.
 *
 * Environment: HOST_NAME (with or without domain), MACS (space between them;
 * ifupdown uses the first).
 */
export const IDENTITY = `${PRELUDE}${PLAN_WORDS}
has_plan${NAMES}${FILE_SYSTEMS}${NETWORK}`;

/**
 * Gives the system of a disk image its name, and leaves its file system table and network as they are.
 *
 * Environment: HOST_NAME.
 */
export const NAMES_ONLY = `${PRELUDE}${NAMES}
say "Host name $HOST_NAME"
`;
