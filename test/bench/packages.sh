#!/bin/sh
# Installs what `make bench-boot` measures Brigade against, and perfdhcp (in kea-admin). Debian 12, as root. None of it is started.
set -eu
apt-get -o DPkg::Lock::Timeout=600 update -q >/dev/null
apt-get -o DPkg::Lock::Timeout=600 install -q -y --no-install-recommends \
	kea-admin kea-dhcp4-server dnsmasq-base isc-dhcp-server >/dev/null
