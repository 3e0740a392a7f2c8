/** What a node is known by, and what does not fit together about it, on a terminal. Pure. */
import type { NodeView } from "#src/http/api_types.ts";
import type { FindingView, NodeIdentityView } from "#src/http/finding_types.ts";

type Field = readonly [label: string, value: string | undefined];

export const identityFields = ({ identity, pinned, held, findings }: NodeView): readonly Field[] => [
  ["serial number", wordText(identity.serial, identity.saidSerial)],
  ["UUID", wordText(identity.uuid, identity.saidUuid)],
  ...identity.places.map((place): Field => ["plugged in", placeText(place)]),
  ["port", pinned ? "pinned" : undefined],
  ["held", held],
  ...findings.flatMap(findingFields),
];

/** Words that are no identity are shown as what they are. */
function wordText(word: string | undefined, said: string | undefined): string | undefined {
  if (word !== undefined) return word;
  return said ? `${said} (identifies nobody)` : undefined;
}

function placeText({ mac, expected, now }: NodeIdentityView["places"][number]): string {
  const where = now.join(" and ");
  if (expected === undefined) return `${where} (${mac})`;
  if (now.length === 0) return `not seen, expected at ${expected} (${mac})`;
  return now.length === 1 && where === expected
    ? `${where} (${mac})`
    : `${where}, expected at ${expected} (${mac})`;
}

export const findingFields = ({ problem, settle }: FindingView): readonly Field[] => [
  ["found", problem],
  ["settle it", settle],
];

/** Each word once. */
export const marksOf = ({ findings }: NodeView): readonly string[] => [
  ...new Set(findings.flatMap(({ mark }) => mark ?? [])),
];
