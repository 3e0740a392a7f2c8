#!/bin/bash
# Last touches to the tree in $1, after all packages are configured. Called by mmdebstrap.
set -euo pipefail
root=$1

# What belongs to one machine only is made there.
: > "$root/etc/machine-id"
rm -f "$root"/etc/ssh/ssh_host_*_key* "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed"
echo debian-12 > "$root/etc/hostname"
printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' > "$root/etc/hosts"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
sed -i 's/^root:[^:]*:/root:*:/' "$root/etc/shadow"

# Timers that wake a whole cluster at once are the operator's choice, not the image's.
systemctl --root="$root" --quiet mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer \
	e2scrub_reap.service dpkg-db-backup.timer
systemctl --root="$root" --quiet enable systemd-networkd.service leased.path ssh.service
# Nothing in the image waits for wait-online, and a NIC without a cable would hold up the boot for two minutes; the other
# two start with the first lease (leased.path).
systemctl --root="$root" --quiet disable systemd-networkd-wait-online.service systemd-resolved.service \
	systemd-timesyncd.service

# Speed of the build, not of the installed system.
sed -i '/force-unsafe-io/d' "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
rm -rf "$root"/var/cache/apt/*.bin "$root"/var/lib/apt/lists/* "$root"/var/log/*.log "$root"/var/log/apt "$root"/var/cache/debconf/*-old \
	"$root"/var/cache/ldconfig/aux-cache "$root"/boot/*.old "$root"/*.old

# An archive that cannot boot must not leave this script.
for wanted in "$root"/boot/vmlinuz-* "$root"/boot/initrd.img-* "$root/sbin/init" "$root/usr/sbin/sshd" \
	"$root/usr/lib/grub/i386-pc/kernel.img" "$root/usr/lib/grub/x86_64-efi/kernel.img"; do
	test -e "$wanted" || { echo "Image lacks ${wanted#"$root"}" >&2; exit 1; }
done
