#!/bin/sh
# Downloads the packages of packages.list with all that they depend on and unpacks them; installs nothing.
#
#   fetch.sh ARCHITECTURE CACHE
#
#   CACHE/debs           the packages as downloaded (kept: the next run needs no network)
#   CACHE/tree           user space, unpacked, with merged /usr
#   CACHE/kernel         kernel and modules, unpacked
#   CACHE/packages.txt   name, version and SHA-256 of each package used
#   CACHE/apt            package lists of our own, where the machine's do not do
set -eu
here=$(dirname "$0")
# shellcheck source=netboot/ramdisk/common.sh
. "$here/common.sh"
set_architecture "$1"
cache=$(realpath -m "$2")
# Debian's first release with iPXE for arm64.
NEWER=trixie

# apt for another machine than this one. An empty list of installed packages makes it choose every dependency, whatever is here.
apt_elsewhere() {
	if [ -e "$cache/apt/sources.list" ]; then
		set -- -o Dir::Etc::sourcelist="$cache/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
			-o Dir::Etc::preferences="$cache/apt/preferences" -o Dir::Etc::preferencesparts=/dev/null \
			-o Dir::State::lists="$cache/apt/lists" -o Acquire::Languages=none "$@"
	fi
	apt-get -qq -o Debug::NoLocking=1 -o APT::Sandbox::User= -o Dir::State::status=/dev/null \
		-o Dir::Cache::archives="$cache/debs" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o APT::Architecture="$architecture" -o APT::Architectures="$architecture" "$@" >>"$cache/apt.log" 2>&1
}

# This machine's Debian sources for the other architecture, and of NEWER only what packages.list names with "/NEWER".
own_sources() {
	mkdir -p "$cache/apt/lists/partial"
	# shellcheck disable=SC2016
	apt-get indextargets --format 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' 'Component: main' | sort -u >"$cache/apt/sources.list.new"
	[ -s "$cache/apt/sources.list.new" ] || fail "Cannot find a Debian source of this machine. Run 'apt-get update' first."
	grep -v -e security -e updates -e backports "$cache/apt/sources.list.new" | head -n 1 |
		sed "s/^\(.*\) [^ ]* main\$/\1 $NEWER main/" >"$cache/apt/newer.list"
	sort -u "$cache/apt/sources.list.new" "$cache/apt/newer.list" >"$cache/apt/sources.list"
	printf 'Package: *\nPin: release n=%s\nPin-Priority: 100\n' "$NEWER" >"$cache/apt/preferences"
}

install() {
	# shellcheck disable=SC2046
	apt_elsewhere -y --download-only --no-install-recommends install $(words "$here/packages.list")
}

download() {
	mkdir -p "$cache/debs/partial"
	: >"$cache/apt.log"
	if [ "$architecture" != amd64 ]; then
		own_sources
		# Lists that are there may be too old for what the mirror still has.
		install || { : >"$cache/apt.log" && apt_elsewhere update && install; }
	else
		install
	fi || {
		cat "$cache/apt.log" >&2
		fail "Cannot download the ramdisk's packages: see apt's words above. Without package lists run 'apt-get update' first."
	}
	# Versions that Debian no longer offers must not be unpacked beside their successors.
	apt_elsewhere autoclean
}

# One package into one directory, following the links of a merged /usr, without documentation.
unpack() {
	dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink --no-same-owner -C "$2" \
		--exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./usr/share/info \
		--exclude='./usr/lib/grub/*/monolithic' \
		--exclude='./lib/modules/*/kernel/sound' --exclude='./lib/modules/*/kernel/drivers/gpu' \
		--exclude='./lib/modules/*/kernel/drivers/media' --exclude='./lib/modules/*/kernel/drivers/net/wireless'
}

# Dependencies of maintainer scripts only (nothing of theirs is copied), too large to unpack for nothing.
is_needless() {
	case $1 in
	# LVM is linked with this one.
	libsystemd0_*) return 1 ;;
	python3* | libpython3* | perl* | libperl* | libsystemd* | systemd* | udev_* | initramfs-tools*) return 0 ;;
	linux-image-"$architecture"*) return 0 ;;
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
