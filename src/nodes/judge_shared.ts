/** Serial numbers and UUIDs that several machines have: a second card of one machine, or words that identify nobody. Pure. */
import type { Finding } from "./finding.ts";
import type { IdentityFacts, Machine } from "./identity_facts.ts";

/** So many nobody registered with one UUID may be the cards of one machine; more are machines with a junk UUID. */
const MAX_CARDS = 3;

/** @param known findings that tell already that two nodes are one machine */
export function judgeShared(facts: IdentityFacts, known: readonly Finding[]): readonly Finding[] {
  const seconds = new Set(known.flatMap((finding) => (finding.kind === "secondCard" ? [finding.other] : [])));
  const apart = facts.machines.filter(({ node }) => !seconds.has(node.name));
  return [
    ...[...Map.groupBy(apart, serialSaid)].flatMap(([serial, those]) =>
      serial === undefined ? [] : sharedWord("serial number", serial, those),
    ),
    ...[...Map.groupBy(apart, ({ uuid }) => uuid)].flatMap(([uuid, those]) =>
      uuid === undefined ? [] : judgeUuid(uuid, those),
    ),
  ];
}

/** A card that moved brings its node's name to another machine: that is no second machine with the serial number. */
const serialSaid = ({ node, serial }: Machine): string | undefined =>
  node.identity?.serial === undefined || node.identity.serial === serial ? serial : undefined;

function judgeUuid(uuid: string, those: readonly Machine[]): readonly Finding[] {
  const [first, ...more] = those.filter(({ node }) => node.status === "registered");
  const strangers = those.filter(({ node }) => node.status === "discovered");
  if (strangers.length > MAX_CARDS || more.length > 0) return sharedUuid(uuid, those);
  if (!first) return [];
  return strangers.flatMap(({ node }): readonly Finding[] => {
    const [mac] = node.macs;
    if (mac === undefined) return [];
    return [{ kind: "secondCard", node: first.node.name, other: node.name, mac, by: "uuid" }];
  });
}

/** Nodes with one serial number and one UUID each say so once. */
function sharedUuid(uuid: string, those: readonly Machine[]): readonly Finding[] {
  return sharedWord("UUID", uuid, those);
}

function sharedWord(
  what: "serial number" | "UUID",
  value: string,
  those: readonly Machine[],
): readonly Finding[] {
  if (those.length < 2) return [];
  return [{ kind: "shared", what, value, nodes: those.map(({ node }) => node.name) }];
}
