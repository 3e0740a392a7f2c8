import { PRELUDE } from "./words.ts";

/** Writes everything out and unmounts. No environment. Says how many bytes the new system takes. */
export const SYNC = `${PRELUDE}
cd /
disk=$(fact disk)
if mounted; then
	used=$(df -P -k "$target" | awk 'NR == 2 { print $3 * 1024 }')
	sync
	release_target
	say "$used bytes used"
fi
if grep -q " \${target}[ /]" /proc/self/mountinfo; then fail "Something is still mounted below $target"; fi
blockdev --flushbufs "$disk"
say "$disk is written"
`;
