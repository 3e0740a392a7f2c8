#!/bin/sh
# Downloads the packages of packages.list with all that they depend on and unpacks them; installs nothing.
#
#   fetch.sh CACHE      CACHE/debs       the packages as downloaded (kept: the next run needs no network)
#                       CACHE/tree       user space, unpacked, with merged /usr
#                       CACHE/kernel     kernel and modules, unpacked
#                       CACHE/packages.txt   name, version and SHA-256 of each package used
set -eu
cache=$(realpath -m "$1")
here=$(dirname "$0")
# shellcheck source=netboot/ramdisk/common.sh
. "$here/common.sh"

# An empty list of installed packages makes apt choose every dependency, whatever this machine has.
download() {
	mkdir -p "$cache/debs/partial"
	# shellcheck disable=SC2046
	apt-get -qq -y --download-only --no-install-recommends \
		-o Debug::NoLocking=1 -o APT::Sandbox::User= -o Dir::State::status=/dev/null \
		-o Dir::Cache::archives="$cache/debs" -o APT::Architecture=amd64 -o APT::Architectures=amd64 \
		install $(words "$here/packages.list") >"$cache/apt.log" 2>&1 || {
		cat "$cache/apt.log" >&2
		fail "Cannot download the ramdisk's packages: see apt's words above. Without package lists run 'apt-get update' first."
	}
	# Versions that Debian no longer offers must not be unpacked beside their successors.
	apt-get -qq -o Debug::NoLocking=1 -o Dir::Cache::archives="$cache/debs" autoclean >>"$cache/apt.log"
}

# One package into one directory, following the links of a merged /usr, without documentation.
unpack() {
	dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink --no-same-owner -C "$2" \
		--exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./usr/share/info \
		--exclude=./usr/lib/grub/x86_64-efi/monolithic \
		--exclude='./lib/modules/*/kernel/sound' --exclude='./lib/modules/*/kernel/drivers/gpu' \
		--exclude='./lib/modules/*/kernel/drivers/media' --exclude='./lib/modules/*/kernel/drivers/net/wireless'
}

# Dependencies of maintainer scripts only (nothing of theirs is copied), too large to unpack for nothing.
is_needless() {
	case $1 in
	python3* | libpython3* | perl* | libperl* | libsystemd* | systemd* | udev_* | initramfs-tools* | linux-image-amd64*) return 0 ;;
	esac
	return 1
}

download
rm -rf "$cache/tree" "$cache/kernel"
mkdir -p "$cache/kernel"
merged_usr "$cache/tree"
: >"$cache/packages.txt.new"
for deb in "$cache"/debs/*.deb; do
	name=${deb##*/}
	is_needless "$name" && continue
	case $name in
	linux-image-[0-9]*) unpack "$deb" "$cache/kernel" & ;;
	*) unpack "$deb" "$cache/tree" ;;
	esac
	# shellcheck disable=SC2016
	printf '%s\t%s\n' "$(dpkg-deb -W --showformat '${Package}\t${Version}' "$deb")" "$(sha256sum <"$deb" | cut -c 1-64)" \
		>>"$cache/packages.txt.new"
done
wait
[ -n "$(ls "$cache"/kernel/boot/vmlinuz-*)" ] || fail "Cannot unpack the kernel: no boot/vmlinuz-* in linux-image."
LC_ALL=C sort -o "$cache/packages.txt" "$cache/packages.txt.new"
rm "$cache/packages.txt.new"
