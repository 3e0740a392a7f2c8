import { PLAN_WORDS } from "./plan_words.ts";
import { PRELUDE } from "./words.ts";

/** Makes the file systems of the plan. No environment. */
export const FORMAT = `${PRELUDE}${PLAN_WORDS}
has_plan
release_target
make() {
	place=$(device "$1") kind=$2 label=$3
	shift 3
	if [ "$label" != - ]; then
		case $kind in vfat) set -- -n "$label" "$@" ;; *) set -- -L "$label" "$@" ;; esac
	fi
	case $kind in
	ext4) mkfs.ext4 -F -q "$@" "$place" ;;
	xfs) mkfs.xfs -f -q "$@" "$place" ;;
	btrfs) mkfs.btrfs -f -q "$@" "$place" ;;
	vfat) mkfs.vfat "$@" "$place" > /dev/null ;;
	swap) mkswap "$@" "$place" > /dev/null ;;
	esac || fail "Cannot make a file system: mkfs.$kind refuses $place"
	say "$place is $kind"
}
set -f
lines fs | while read -r thing kind label options; do
	# shellcheck disable=SC2086
	make "$thing" "$kind" "$label" $options
done
`;
