#!/usr/bin/env bash
# Runs a command in a network and a list of network namespaces of its own, so that two sets of tests can run at once.
set -euo pipefail
exec unshare --net --mount bash -c '
	mkdir -p /run/netns
	mount -t tmpfs none /run/netns
	ip link set lo up
	exec "$@"' alone "$@"
