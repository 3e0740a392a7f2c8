/** Says what changed in a fabric. Pure; every text comes out inert. */
import { inertLine } from "#src/value/inert_line.ts";
import { unreachable } from "#src/value/unreachable.ts";
import type { Coming, FabricChange, Going } from "./history_types.ts";
import { speed } from "./order_text.ts";

/** One sentence without its full stop. */
export const describeChange = (change: FabricChange): string => inertLine(textOf(change));

const MAX_LISTED = 8;

const HOW: Readonly<Record<Coming | Going, string>> = {
  appeared: "is new",
  found: "is seen, and the scan before could not have seen it",
  gone: "is gone",
  notSeen: "was not seen this time, and nobody who would tell was read",
};

function textOf(change: FabricChange): string {
  switch (change.kind) {
    case "switch":
      return `Switch ${change.name} ${HOW[change.how]}${withText(change.links, change.nodes)}`;
    case "switchRenamed":
      return `Switch ${change.from} is called ${change.to} now`;
    case "link":
      return `Link ${change.link} ${HOW[change.how]}`;
    case "linkSpeed":
      return `Link ${change.link} runs at ${speed(change.toMbit)}; it was ${speed(change.fromMbit)}`;
    case "node":
      return `${change.node} at ${change.place} ${HOW[change.how]}`;
    case "nodeMoved":
      return `${change.node} has moved from ${change.fromPlace} to ${change.toPlace}`;
    case "port":
      return `Port ${change.place} ${change.isUp ? "came up" : "went down"}: ${change.with.slice(0, MAX_LISTED).join(", ")}`;
    default:
      return unreachable(change);
  }
}

function withText(links: number, nodes: number): string {
  const parts = [counted(links, "link"), counted(nodes, "node")].filter((part) => part !== "");
  return parts.length === 0 ? "" : `, with ${parts.join(" and ")}`;
}

const counted = (count: number, word: string): string =>
  count === 0 ? "" : `${count} ${word}${count === 1 ? "" : "s"}`;
