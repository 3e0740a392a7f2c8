import { GROW } from "./grow.ts";
import { PRELUDE } from "./words.ts";

/**
 * `GROW` for the disk that took the image.
 *
 * Environment: GROW (`yes`: one without anything that could grow is refused; `auto`: it stays as it is).
 */
export const GROW_IMAGE = `${PRELUDE}
DISK=$(fact disk)
release_target
if [ "$GROW" = auto ] && ! sfdisk --dump "$DISK" 2>/dev/null | grep -q ' start='; then
	say "$DISK has no partition: it is left as it is"
	exit 0
fi
${GROW.slice(PRELUDE.length)}`;
