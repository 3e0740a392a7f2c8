import { PRELUDE } from "./words.ts";

const ENTER = `
mounted || fail "The new root is not mounted on $target"
known() { cat "$layout/$1" 2>/dev/null || :; }
BRIGADE_DISK=$(known disk) BRIGADE_ROOT_DEVICE=$(known root) BRIGADE_ESP=$(known esp)
export BRIGADE_DISK BRIGADE_ROOT_DEVICE BRIGADE_ESP

lent='run proc sys dev'
leave_image() { cd /; for name in $lent; do while mountpoint -q "$target/$name"; do umount "$target/$name"; done; done; }
# An attempt that was cut off has left them.
leave_image
`;

const RUN_IN_IMAGE = `
for name in $lent; do
	# Never mount over what a link of the image leads to.
	if [ -L "$target/$name" ]; then hopeless "The image's /$name is a link: no script can be run in it"; fi
	mkdir -p "$target/$name"
done
trap leave_image EXIT
mount -t proc proc "$target/proc"
mount -t sysfs sysfs "$target/sys"
mount --bind /dev "$target/dev"
# In memory: what the script knows must not stay on the disk.
mount -t tmpfs -o mode=755 tmpfs "$target/run"
printf '%s' "$SCRIPT" > "$target/run/post-install"
chmod 700 "$target/run/post-install"
BRIGADE_TARGET=/
export BRIGADE_TARGET
unset SCRIPT RUN_IN
code=0
chroot "$target" /run/post-install "$@" < /dev/null || code=$?
`;

const RUN_IN_RAMDISK = `
work=/run/brigade/post-install
rm -rf "$work"
mkdir -p "$work"
chmod 700 "$work"
printf '%s' "$SCRIPT" > "$work/script"
chmod 700 "$work/script"
BRIGADE_TARGET=$target
export BRIGADE_TARGET
unset SCRIPT RUN_IN
code=0
(cd "$work" && exec ./script "$@" < /dev/null) || code=$?
rm -rf "$work"
`;

/**
 * Runs a script that came with the image. What it prints last is why it failed; its exit codes mean nothing else.
 *
 * Environment: SCRIPT (text, beginning with `#!`), RUN_IN (`image` or `ramdisk`), BRIGADE_* as the manual says.
 * Arguments: the script's.
 */
export const POST_INSTALL = `${PRELUDE}${ENTER}
if [ "$RUN_IN" = image ]; then
${RUN_IN_IMAGE}
else
${RUN_IN_RAMDISK}
fi
if [ "$code" -ne 0 ]; then exit 1; fi
`;
