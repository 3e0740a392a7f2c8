import type { Mac } from "#src/value/mac.ts";
import { NO_WAY_EXIT_CODE } from "./words.ts";

/** Lines for any POSIX shell that end a script on a machine with none of these network cards: it is not the node. */
export const onlyOn = (macs: readonly Mac[]): string => `macs='${macs.join(" ")}'
is_the_node() {
	for card in /sys/class/net/*/address; do
		if read -r own < "$card" && [ -n "$own" ]; then
			case " $macs " in *" $own "*) return 0 ;; esac
		fi
	done 2> /dev/null
	return 1
}
is_the_node || { printf 'another machine answers at the address: it has none of the network cards of the node\\n'; exit ${NO_WAY_EXIT_CODE}; }`;
