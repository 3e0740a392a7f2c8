#!/bin/bash
# Makes the root archive of a bootable Debian 12: build.sh OUTPUT.tar.zst
#
# For BIOS and UEFI x64, bare metal and virtual machines. Root logs in with an SSH key only, which the deployment puts
# there together with host name, machine-id, host keys, /etc/fstab and /boot/grub/grub.cfg.
#   MIRROR, SECURITY_MIRROR   where the packages come from; both or none (then Debian's own)
#   BUILD_DIR                 where the tree is built (a tmpfs saves a third of the time)
set -euo pipefail
output=$1
here=$(cd "$(dirname "$0")" && pwd)
sources=()
if [ -n "${MIRROR:-}" ]; then
	sources=("deb $MIRROR bookworm main" "deb $MIRROR bookworm-updates main" "deb ${SECURITY_MIRROR:?} bookworm-security main")
fi
# The same package versions give the same bytes: nothing newer than this recipe gets a time of its own.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1735689600}

packages=(
	systemd-sysv udev dbus kmod initramfs-tools zstd linux-image-amd64
	grub-common grub2-common grub-pc-bin grub-efi-amd64-bin efibootmgr
	openssh-server systemd-resolved systemd-timesyncd iproute2 iputils-ping netbase ca-certificates
	e2fsprogs dosfstools fdisk parted procps less nano bash-completion rsync curl
)
# A server needs no sound, television, wireless or 3D. Screens of BMCs and virtual machines stay.
excluded=(
	'/lib/modules/*/kernel/sound/*' '/lib/modules/*/kernel/drivers/media/*' '/lib/modules/*/kernel/drivers/staging/*'
	'/lib/modules/*/kernel/drivers/net/wireless/*' '/lib/modules/*/kernel/net/wireless/*' '/lib/modules/*/kernel/net/mac80211/*'
	'/lib/modules/*/kernel/drivers/iio/*' '/lib/modules/*/kernel/drivers/comedi/*'
	'/lib/modules/*/kernel/drivers/bluetooth/*' '/lib/modules/*/kernel/net/bluetooth/*' '/lib/modules/*/kernel/drivers/isdn/*'
	'/lib/modules/*/kernel/drivers/gpu/drm/amd/*' '/lib/modules/*/kernel/drivers/gpu/drm/i915/*'
	'/lib/modules/*/kernel/drivers/gpu/drm/nouveau/*' '/lib/modules/*/kernel/drivers/gpu/drm/radeon/*'
	'/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' '/usr/share/lintian/*'
)
options=()
for path in "${excluded[@]}"; do options+=("--dpkgopt=path-exclude=$path"); done
options+=("--dpkgopt=path-include=/usr/share/doc/*/copyright")

work=$(mktemp -d "${BUILD_DIR:-${TMPDIR:-/tmp}}/debian-12.XXXXXX")
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work

mmdebstrap --variant=minbase --format=tar \
	--include="$(IFS=,; echo "${packages[*]}")" \
	--aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' --aptopt='Acquire::Languages "none"' \
	--dpkgopt=force-unsafe-io "${options[@]}" \
	--essential-hook="tar -C '$here/files' --owner=0 --group=0 --mode=go-w -c . | tar -x -C \"\$1\"" \
	--customize-hook="$here/customize.sh" \
	bookworm - "${sources[@]}" |
	zstd -q -T0 -6 -f -o "$work/image.tar.zst"
mkdir -p "$(dirname "$output")"
mv "$work/image.tar.zst" "$output.part"
mv "$output.part" "$output"
