#!/bin/sh
# Installs what the benches measure Brigade against, and what those need (perfdhcp is in kea-admin). Debian 12, as root. None of it is started.
set -eu
apt-get -o DPkg::Lock::Timeout=600 update -q >/dev/null
apt-get -o DPkg::Lock::Timeout=600 install -q -y --no-install-recommends \
	kea-admin kea-dhcp4-server dnsmasq-base isc-dhcp-server \
	udpcast taktuk clustershell aria2 mktorrent netcat-openbsd dropbear-bin openssh-client curl >/dev/null

# Unpacked into out/bench/peers/PACKAGE and not installed: some exclude each other, and none may start by itself.
packages="tftpd-hpa atftpd atftp nginx dnsmasq-base uftp opentracker libowfat0"
peers=out/bench/peers
rm -rf "$peers"
mkdir -p "$peers/archives"
cd "$peers/archives"
for package in $packages; do
	apt-get -o DPkg::Lock::Timeout=600 -q download "$package"
	dpkg-deb -x "$package"_*.deb "../$package"
done
