/** How scripts read the plan that the partition step was given: see `layout/plan_text.ts`. */
export const PLAN_WORDS = `
plan=$layout/plan
has_plan() { [ -f "$plan" ] || fail "This boot of the ramdisk has not done the partition step: there is no plan"; }
# Words of the plan's lines that begin with one: lines disk
lines() { sed -n "s/^$1 //p" "$plan"; }
disk_of() { lines disk | sed -n "s/^$1 //p"; }
part() { case $1 in *[0-9]) printf '%sp%s' "$1" "$2" ;; *) printf '%s%s' "$1" "$2" ;; esac; }
# part:1.3, array:root, volume:system/root: the device.
device() {
	thing=\${1#*:}
	case $1 in
	part:*) part "$(disk_of "\${thing%.*}")" "\${thing#*.}" ;;
	array:*) printf '/dev/md/%s' "$thing" ;;
	volume:*) printf '/dev/mapper/%s-%s' "\${thing%/*}" "\${thing#*/}" ;;
	esac
}
# What is mounted at a path: the thing, or nothing.
mounted_at() { lines mount | awk -v path="$1" '$2 == path { print $1 }'; }
`;
