#!/bin/sh
# Installs the Debian packages that the build, the lab and the tests need; as somebody else than root it only says how.
set -eu
packages="
gcc libc6-dev make libssl-dev libzstd-dev clang libclang-rt-14-dev
gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm qemu-efi-aarch64
dpkg-dev cpio kmod zstd xz-utils bzip2 lz4 lzip attr mmdebstrap debootstrap libatomic1
ipxe ipxe-qemu ovmf seabios qemu-system-x86 qemu-utils grub-common grub-pc-bin grub-efi-amd64-bin
lldpd snmpd snmp
openipmi ipmitool iproute2 nftables tcpdump socat udhcpc isc-dhcp-relay dnsmasq-base openssh-client
acl attr fdisk e2fsprogs dosfstools ntfs-3g binutils mtools mount util-linux shellcheck curl openssl ca-certificates procps
"
missing=""
for package in $packages; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
	echo "Cannot install packages: not root. Run this once, then again what you were doing:" >&2
	echo "  sudo apt-get install -y --no-install-recommends$missing" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# Tests start daemons where they want them; none starts on this machine because its package was installed.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi
apt-get -o DPkg::Lock::Timeout=600 update -q
# shellcheck disable=SC2086
apt-get -o DPkg::Lock::Timeout=600 install -yq --no-install-recommends $missing
