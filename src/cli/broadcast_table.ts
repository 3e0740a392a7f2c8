/** How the image came to each node, as a table: live while it comes, how it went afterwards. Pure. */

import type { BroadcastView } from "#src/http/broadcast_types.ts";
import type { NodeProgressView } from "#src/http/deployment_types.ts";
import { inertLine } from "#src/value/inert_line.ts";
import { seconds, size, table } from "./output.ts";

const HEAD = [
  "NODE",
  "FROM",
  "RECEIVED",
  "SENT",
  "RATE",
  "DISK",
  "BUFFER",
  "LAG",
  "CHANGES",
  "BAD",
  "TOOK (s)",
];
const NOTHING = "-";

type Fed = { readonly node: string; readonly broadcast: BroadcastView };

/** @returns nothing when no node has begun; otherwise the table, and below it why nodes changed their upstreams */
export function broadcastTable(nodes: Iterable<NodeProgressView>): string {
  const fed = [...nodes].flatMap(({ node, broadcast }): readonly Fed[] =>
    broadcast ? [{ node, broadcast }] : [],
  );
  if (fed.length === 0) return "";
  const given = bytesGiven(fed);
  const rows = fed.map(({ node, broadcast }) => row(node, broadcast, given.get(node) ?? 0));
  const reasons = fed.flatMap(({ node, broadcast }) =>
    (broadcast.reasons ?? []).map((reason) => `  ${inertLine(`${node} left ${reason}`)}\n`),
  );
  return `${table(HEAD, rows)}${reasons.join("")}`;
}

/**
 * Bytes that each node gave, as those say who got them: a node that is done goes on feeding others, and is not asked any
 * more. Only of those that have ended.
 */
function bytesGiven(fed: readonly Fed[]): ReadonlyMap<string, number> {
  const given = new Map<string, number>();
  for (const { broadcast } of fed)
    for (const { feeder, bytes } of broadcast.from ?? []) given.set(feeder, (given.get(feeder) ?? 0) + bytes);
  return given;
}

function row(node: string, view: BroadcastView, givenBytes: number): readonly string[] {
  const rate = (bytesPerSec: number | undefined): string => said(bytesPerSec, (bytes) => `${size(bytes)}/s`);
  return [
    node,
    feedersOf(view),
    size(view.receivedBytes),
    size(Math.max(view.sentBytes, givenBytes)),
    rate(view.receiveBytesPerSec),
    rate(view.writeRawBytesPerSec),
    said(view.heldBytes, size),
    said(view.lagChunks, String),
    said(view.upstreamChanges, String),
    said(view.badChunks, String),
    said(view.tookMs, seconds),
  ];
}

const said = (value: number | undefined, write: (value: number) => string): string =>
  value === undefined ? NOTHING : write(value);

/** Who feeds it now; afterwards who did, with their shares when there were several. */
function feedersOf({ from, feeder, upstream, receivedBytes }: BroadcastView): string {
  if (!from) return feeder ?? upstream ?? NOTHING;
  const [only, ...more] = from;
  if (!only) return NOTHING;
  if (more.length === 0) return only.feeder;
  return from
    .map(({ feeder: name, bytes }) => `${name} ${Math.round((100 * bytes) / Math.max(1, receivedBytes))}%`)
    .join(" ");
}
