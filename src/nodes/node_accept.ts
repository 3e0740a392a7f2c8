/** What an operator says is as it should be. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { Finding } from "./finding.ts";
import { nodesOf } from "./finding.ts";
import { identifyingSerial, identifyingUuid } from "./identity_words.ts";
import type { Node } from "./node.ts";
import { identityOrNone, type MachineSaid } from "./node_identity.ts";
import { type MakePlan, refused } from "./node_plan.ts";
import { isSamePlace, type Place, type Places, placeOf } from "./place.ts";

export type AcceptSources = {
  readonly findings: readonly Finding[];
  readonly saidOf: (node: string) => MachineSaid | undefined;
  readonly places: Places;
};

/**
 * Where these nodes are now they are expected from now on, and those of which a board was changed are known by the new one.
 * Nodes about which nothing was found stay as they are.
 */
export function planAccept(names: readonly string[], sources: AcceptSources): MakePlan {
  return ({ index }) => {
    const unknown = names.find((name) => !index.byName(name));
    if (unknown !== undefined) return refused({ kind: "unknownNode", node: unknown });
    const put = names.flatMap((name) => {
      const node = index.byName(name);
      const own = sources.findings.filter((finding) => nodesOf(finding).includes(name));
      return node && own.length > 0 ? [accepted(node, own, sources)] : [];
    });
    return {
      ok: true,
      put,
      remove: [],
      origins: new Map(),
      event: put.length === 0 ? undefined : { kind: "nodesAccepted", nodes: put.map(({ name }) => name) },
    };
  };
}

function accepted(node: Node, own: readonly Finding[], { saidOf, places }: AcceptSources): Node {
  const said = saidOf(node.name);
  const before = node.identity;
  const isOtherBoard = said !== undefined && own.some(({ kind }) => kind === "boardChanged");
  const words = isOtherBoard
    ? { serial: identifyingSerial(said.serial), uuid: identifyingUuid(said.uuid) }
    : { serial: before?.serial, uuid: before?.uuid };
  const now = node.macs.flatMap((mac) => {
    const place = placeOf(places, mac) ?? lastPlace(own, { node, mac, places });
    return place ? [[mac, place] as const] : [];
  });
  const all: Record<string, Place> = { ...before?.places, ...Object.fromEntries(now) };
  return { ...node, identity: identityOrNone({ ...words, places: all }) };
}

type Card = { readonly node: Node; readonly mac: Mac; readonly places: Places };

/** Where a card was when it was found elsewhere: its machine may be off now. */
function lastPlace(own: readonly Finding[], { node, mac, places }: Card): Place | undefined {
  if (places.placesOf(mac).length > 0) return undefined;
  const expected = node.identity?.places?.[mac];
  for (const finding of own) {
    if (finding.kind === "moved" && finding.node === node.name && finding.mac === mac) return finding.to;
    if (finding.kind !== "cablesSwapped" || !expected) continue;
    const isFirst = finding.node === node.name;
    const from = isFirst ? finding.otherPlace : finding.place;
    if (isSamePlace(expected, from)) return isFirst ? finding.place : finding.otherPlace;
  }
  return undefined;
}
