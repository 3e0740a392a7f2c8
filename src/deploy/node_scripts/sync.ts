import { PLAN_WORDS } from "./plan_words.ts";
import { PRELUDE } from "./words.ts";

/** Writes everything out and unmounts. No environment. Says how many bytes the new system takes. */
export const SYNC = `${PRELUDE}${PLAN_WORDS}
cd /
# A disk image has no plan.
if [ -f "$plan" ]; then disks=$(lines disk | cut -d ' ' -f 2); else disks=$(fact disk); fi
if mounted; then
	used=$(df -P -k "$target" | awk 'NR == 2 { print $3 * 1024 }')
	sync
	release_target
	say "$used bytes used"
fi
if grep -q " \${target}[ /]" /proc/self/mountinfo; then fail "Something is still mounted below $target"; fi
for disk in $disks; do
	blockdev --flushbufs "$disk"
	say "$disk is written"
done
`;
