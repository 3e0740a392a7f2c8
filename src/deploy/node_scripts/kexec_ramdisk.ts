import type { RamdiskStart } from "../tools.ts";
import { onlyOn } from "./only_on.ts";
import { NO_WAY_EXIT_CODE, READY_WORD } from "./words.ts";

const FILES = ["vmlinuz", "initramfs", "brigade-agent"] as const;
/** As `uname -m` says it, and where the files for it are. */
const PROCESSORS = [
  ["x86_64", "ramdisk"],
  ["aarch64", "ramdisk/arm64"],
] as const;
/** Kernel, initramfs and agent; an arm64 kernel unpacked takes 34 MB more. */
const NEEDED_KIB = 90_000;
/** The appliance answers within milliseconds, or is gone. */
const GO_LIMIT_SEC = 30;

/** One word for a POSIX shell, whatever is in it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function choice(digests: RamdiskStart["digests"]): string {
  const cases = PROCESSORS.map(([processor, folder]) => {
    const sums = FILES.map((file) => digests.get(`${folder}/${file}`) ?? "");
    const sets = FILES.map((file, index) => `${file.replace("-", "_")}_sum=${quoted(sums[index] ?? "")}`);
    return `${processor}) folder=${folder} ${sets.join(" ")} ;;`;
  });
  return `case $(uname -m) in
${cases.join("\n")}
*) no_way "its processor is $(uname -m)" ;;
esac
for sum in "$vmlinuz_sum" "$initramfs_sum" "$brigade_agent_sum"; do
	[ -n "$sum" ] || no_way "the appliance has no ramdisk for $(uname -m)"
done`;
}

/** A folder in memory, if there is one, from which programs may be started. */
const FIND_PLACE = `
free_kib() { df -Pk "$1" 2>/dev/null | { read -r _ && read -r _ _ _ free _ && printf '%s\\n' "$free" || printf '0\\n'; }; }
take_place() {
	[ -d "$1" ] && [ "$(free_kib "$1")" -gt ${NEEDED_KIB} ] || return 1
	directory=$1/brigade-ramdisk
	rm -rf "$directory" && mkdir "$directory" 2>/dev/null || return 1
	printf '#!/bin/sh\\n' > "$directory/probe" && chmod 700 "$directory/probe" && "$directory/probe" 2>/dev/null && return
	rm -rf "$directory"
	return 1
}
take_place /dev/shm || take_place /run || take_place /tmp || take_place /var/tmp || take_place /root ||
	no_way "no folder has ${NEEDED_KIB} KiB free"
keep=''
trap '[ -n "$keep" ] || rm -rf "$directory"' EXIT
`;

/** By whatever the system has. A bash without the others speaks TCP itself; one whose input is a socket would read root's .bashrc. */
const FETCH = `
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
by_bash() {
	bash --norc -c 'exec 3<>"/dev/tcp/$1/$2" && printf "GET /%s HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n" "$3" "$1" >&3 || exit 1
while IFS= read -r line <&3 && [ "$line" != "$(printf "\\r")" ]; do :; done
cat <&3' by_bash "$host" "$port" "$1" > "$2"
}
get() {
	if command -v curl > /dev/null; then curl -fsS -o "$2" "$url$1"
	elif command -v wget > /dev/null; then wget -q -O "$2" "$url$1"
	elif command -v bash > /dev/null; then by_bash "$1" "$2"
	else no_way "it has none of curl, wget and bash"; fi
}
is_whole() { [ "$(sha256sum < "$1" 2>/dev/null | cut -c1-64)" = "$2" ]; }
fetch() {
	tries=0
	until get "$folder/$1" "$directory/$1" && is_whole "$directory/$1" "$2"; do
		tries=$((tries + 1))
		if [ "$tries" = 8 ]; then printf 'the file %s could not be fetched whole from %s\\n' "$folder/$1" "$url"; exit 1; fi
		sleep 4
	done
}
command -v sha256sum > /dev/null || no_way "it has no sha256sum"
fetch brigade-agent "$brigade_agent_sum"
fetch vmlinuz "$vmlinuz_sum"
fetch initramfs "$initramfs_sum"
`;

/** The agent's program does it: which tools and which options a distribution has for this does not matter. */
const START = `
cd "$directory"
# The kernel takes no packed one on arm64.
if [ "$(uname -m)" = aarch64 ] && gzip -t < vmlinuz 2>/dev/null; then
	gzip -dc < vmlinuz > unpacked
	mv unpacked vmlinuz
fi
chmod 700 brigade-agent
# No signal comes when the login ends, so nothing is done to the kernel before somebody who still wants it says so.
(sleep ${GO_LIMIT_SEC}; rm -rf "$directory"; kill "$$") > /dev/null 2>&1 < /dev/null &
limit=$!
printf '${READY_WORD}\\n'
read -r go || go=''
kill "$limit" 2>/dev/null || :
[ -n "$go" ] || { printf 'it was called off\\n'; exit 1; }
printf '%s\\n' "$command_line" > command-line
why=$(./brigade-agent load-kernel vmlinuz initramfs command-line 2>&1) || no_way "$why"
rm -f command-line
sync
# Apart from the login, which ends first.
if command -v setsid > /dev/null; then apart='setsid'; else apart='nohup'; fi
keep=yes
$apart /bin/sh -c 'sleep 1; exec ./brigade-agent start-kernel' > /dev/null 2>&1 < /dev/null &
printf 'the ramdisk starts\\n'
`;

/**
 * For a node that runs some Linux: fetches the ramdisk, checks it, and starts it past the firmware a second after the
 * end of the script, once a line on its input answers {@link READY_WORD}. Runs with any POSIX shell. Its last line says why it could not; exit code 4 means that no other
 * attempt can.
 */
export function ramdiskScript({ url, digests, commandLine, macs }: RamdiskStart): string {
  const { hostname, port } = new URL(url);
  // In braces: a shell that reads its script from its input has all of it before it asks for a line.
  return `{
set -eu
umask 077
LC_ALL=C
export LC_ALL
no_way() { printf '%s\\n' "$*"; exit ${NO_WAY_EXIT_CODE}; }
${onlyOn(macs)}
url=${quoted(url)} host=${quoted(hostname)} port=${quoted(port)}
command_line=${quoted(commandLine)}
${choice(digests)}
${FIND_PLACE}${FETCH}${START}exit 0
}
`;
}
