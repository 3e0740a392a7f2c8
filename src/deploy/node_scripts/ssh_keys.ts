import { PRELUDE } from "./words.ts";

const KEY_FILE = "etc/ssh/ssh_host_ed25519_key";

const PRINT_HOST_KEY = `
read -r key_type key_text _ < "$target/${KEY_FILE}.pub" || fail "The new system has no SSH host key"
say "host-key $key_type $key_text"
`;

/**
 * Makes what only this one system may have: SSH host keys, machine-id. Puts in
 * the user's keys. Last line: `host-key ssh-ed25519 BASE64`.
 *
 * Environment: AUTHORIZED_KEYS (one a line; empty leaves the image's).
 * No RSA host key: it takes a node 20 s in emulation, and every client of the last ten years knows the others.
 */
export const SSH_KEYS = `${PRELUDE}
mounted || fail "The new root is not mounted on $target"
[ -d "$target/etc/ssh" ] || hopeless "The image has no SSH server (no /etc/ssh): the new system could not prove that it runs"
cd "$target"
rm -f etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N '' -C root -f ${KEY_FILE}
ssh-keygen -q -t ecdsa -N '' -C root -f etc/ssh/ssh_host_ecdsa_key

rm -f etc/machine-id var/lib/systemd/random-seed
tr -d - < /proc/sys/kernel/random/uuid > etc/machine-id
chmod 444 etc/machine-id
if [ -d var/lib/dbus ]; then
	rm -f var/lib/dbus/machine-id
	ln -s /etc/machine-id var/lib/dbus/machine-id
fi

if [ -n "$AUTHORIZED_KEYS" ]; then
	# Never write through a link of the image.
	if [ -L root ] || ! [ -d root ]; then hopeless "The image has no /root directory: no place for the SSH keys"; fi
	if [ -L root/.ssh ]; then rm -f root/.ssh; fi
	mkdir -p root/.ssh
	chmod 700 root/.ssh
	rm -f root/.ssh/authorized_keys
	(umask 077 && printf '%s\\n' "$AUTHORIZED_KEYS" > root/.ssh/authorized_keys)
	chown -R 0:0 root/.ssh
fi
${PRINT_HOST_KEY}`;

/** Prints the host key once more, for an appliance that was restarted before it heard of it. No environment. */
export const READ_HOST_KEY = `${PRELUDE}${PRINT_HOST_KEY}`;
