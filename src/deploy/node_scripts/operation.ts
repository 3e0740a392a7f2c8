import type { OperationAction } from "../operation.ts";
import { PRELUDE } from "./words.ts";

/** Base64 in lines that every tool takes. */
const lines = (base64: string): string => base64.replaceAll(/.{1,76}/g, "$&\n");

/** The alphabet of base64 has no character that a here-document could stumble over. */
const decoded = (base64: string, into: string): string => `base64 -d > "${into}" <<'BASE64'
${lines(base64)}BASE64
`;

/**
 * Runs a user's script in the ramdisk, or puts a user's file there.
 *
 * Environment: the BRIGADE_ variables of \`operation_action.ts\`, those of the
 * user; for a file TO and MODE. What the partition step chose is on the node
 * only: it is added here.
 */
export const operationScript = (action: OperationAction): string =>
  action.kind === "run"
    ? `${PRELUDE}
known() { cat "$layout/$1" 2>/dev/null || :; }
BRIGADE_DISK=$(known disk) BRIGADE_ROOT=$(known root) BRIGADE_ESP=$(known esp)
export BRIGADE_DISK BRIGADE_ROOT BRIGADE_ESP
file=$(mktemp /tmp/operation.XXXXXX)
${decoded(Buffer.from(action.script, "utf8").toString("base64"), "$file")}chmod 700 "$file"
code=0
"$file" || code=$?
rm -f "$file"
(exit "$code")
`
    : `${PRELUDE}
mkdir -p "$(dirname "$TO")"
[ ! -d "$TO" ] || fail "Cannot put a file at $TO: there is a directory"
file=$(mktemp "$(dirname "$TO")/.operation.XXXXXX")
${decoded(action.content, "$file")}chmod "$MODE" "$file"
mv -f "$file" "$TO"
say "$TO is there"
`;
