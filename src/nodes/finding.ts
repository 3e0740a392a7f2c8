/** What does not fit together about who is who, and the one command that settles it. Pure. */
import type { Mac } from "#src/value/mac.ts";
import { foldNodeSet } from "#src/value/node_set.ts";
import { unreachable } from "#src/value/unreachable.ts";
import { type Place, placeKey, placeText } from "./place.ts";

export type Finding =
  /** `other` is the same machine as `node`. */
  | {
      readonly kind: "secondCard";
      readonly node: string;
      readonly other: string;
      readonly mac: Mac;
      /** `inventory`: the agent of `node` lists the MAC. `uuid`: both have the same one. */
      readonly by: "inventory" | "uuid";
    }
  /** Its cards are there, in a machine that nobody knows. */
  | {
      readonly kind: "boardChanged";
      readonly node: string;
      readonly what: "serial number" | "UUID";
      readonly was: string;
      readonly is: string;
    }
  /** A card of `node` is in the machine that is `other`. */
  | {
      readonly kind: "cardMoved";
      readonly node: string;
      readonly other: string;
      readonly mac: Mac;
      /** `node` has more cards than this one. */
      readonly hasMore: boolean;
    }
  | { readonly kind: "cardsSwapped"; readonly node: string; readonly other: string }
  | {
      readonly kind: "moved";
      readonly node: string;
      readonly mac: Mac;
      readonly from: Place;
      readonly to: Place;
    }
  /** Each is where the other is expected; `place` is where `node` is now. */
  | {
      readonly kind: "cablesSwapped";
      readonly node: string;
      readonly other: string;
      readonly place: Place;
      readonly otherPlace: Place;
    }
  /** Where `node` is expected, and is not, a machine is that nobody knows. */
  | { readonly kind: "newcomer"; readonly node: string; readonly other: string; readonly place: Place }
  | {
      readonly kind: "macOnTwoPorts";
      readonly node: string;
      readonly mac: Mac;
      readonly places: readonly Place[];
    }
  | {
      readonly kind: "shared";
      readonly what: "serial number" | "UUID";
      readonly value: string;
      /** At least two. */
      readonly nodes: readonly string[];
    };

/** Those that it is about, the one that is to be settled first. */
export function nodesOf(finding: Finding): readonly string[] {
  if (finding.kind === "shared") return finding.nodes;
  return "other" in finding ? [finding.node, finding.other] : [finding.node];
}

/** The same for the same state of affairs: it is told once. */
export function findingKey(finding: Finding): string {
  return JSON.stringify([finding.kind, ...nodesOf(finding), ...detailsOf(finding)]);
}

function detailsOf(finding: Finding): readonly string[] {
  switch (finding.kind) {
    case "secondCard":
    case "cardMoved":
      return [finding.mac];
    case "boardChanged":
      return [finding.is];
    case "cardsSwapped":
      return [];
    case "moved":
      return [finding.mac, placeKey(finding.to)];
    case "cablesSwapped":
    case "newcomer":
      return [placeKey(finding.place)];
    case "macOnTwoPorts":
      return [finding.mac, ...finding.places.map(placeKey).sort()];
    case "shared":
      return [finding.value];
    default:
      return unreachable(finding);
  }
}

/** One sentence without a full stop: what was found. */
export function describeFinding(finding: Finding): string {
  switch (finding.kind) {
    case "secondCard":
      return finding.by === "inventory"
        ? `${finding.other} is a network card of ${finding.node}: its agent lists ${finding.mac}`
        : `${finding.other} has the UUID of ${finding.node}: it is a card of the same machine, or another machine with the same UUID`;
    case "boardChanged":
      return `${finding.node} has the cards that it had, in another machine or on another board: its ${finding.what} was ${finding.was} and is ${finding.is}`;
    case "cardMoved":
      return `A network card of ${finding.node} (${finding.mac}) is in the machine that is ${finding.other}`;
    case "cardsSwapped":
      return `${finding.node} and ${finding.other} have exchanged their network cards`;
    case "moved":
      return `${finding.node} (${finding.mac}) moved from ${placeText(finding.from)} to ${placeText(finding.to)}`;
    case "cablesSwapped":
      return `${finding.node} and ${finding.other} have exchanged their places: ${finding.node} is at ${placeText(finding.place)} now, ${finding.other} at ${placeText(finding.otherPlace)}`;
    case "newcomer":
      return `${finding.other} is at ${placeText(finding.place)}, where ${finding.node} is expected, and ${finding.node} is nowhere`;
    case "macOnTwoPorts":
      return `${finding.node} (${finding.mac}) is seen at ${finding.places.map(placeText).join(" and at ")}: two machines have this MAC, or one pretends to`;
    case "shared":
      return `${foldNodeSet(finding.nodes)} have the same ${finding.what}, ${finding.value}, which therefore tells nothing about them`;
    default:
      return unreachable(finding);
  }
}

/** One or two words about one of the nodes, for a list. */
export function findingMark(finding: Finding, node: string): string {
  switch (finding.kind) {
    case "secondCard":
      return node === finding.other ? `card of ${finding.node}` : "second card";
    case "boardChanged":
      return "other board";
    case "cardMoved":
      return node === finding.node ? `card in ${finding.other}` : `card of ${finding.node}`;
    case "cardsSwapped":
      return "cards exchanged";
    case "moved":
    case "cablesSwapped":
      return "moved";
    case "newcomer":
      return node === finding.node ? "gone" : `instead of ${finding.node}`;
    case "macOnTwoPorts":
      return "MAC on two ports";
    case "shared":
      return `shared ${finding.what}`;
    default:
      return unreachable(finding);
  }
}

/** The command that settles it, as an operator types it. Where it is not what happened, what happened is to be undone. */
export function settleCommand(finding: Finding): string {
  switch (finding.kind) {
    case "secondCard":
      return `brigade node merge ${finding.node} ${finding.other}`;
    case "cardMoved":
      return finding.hasMore
        ? `brigade node split ${finding.node} --macs ${finding.mac} --to ${finding.other}`
        : `brigade node merge ${finding.other} ${finding.node} --force`;
    case "cardsSwapped":
      return `brigade node swap-macs ${finding.node} ${finding.other}`;
    case "newcomer":
      return `brigade node replace ${finding.node} --with ${finding.other}`;
    case "boardChanged":
    case "moved":
    case "cablesSwapped":
    case "macOnTwoPorts":
    case "shared":
      return `brigade node accept ${foldNodeSet(nodesOf(finding))}`;
    default:
      return unreachable(finding);
  }
}
