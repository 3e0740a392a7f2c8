/** The words of a cabling file: places, speeds, node sets. Pure. */

import { parseNodeSet } from "#src/value/node_set.ts";
import type { ExpectedNode, WrittenPort } from "./cabling_types.ts";
import { APPLIANCE } from "./fabric_messages.ts";
import { isKnown } from "./known_rate.ts";

export type Word<T> = { readonly value: T } | { readonly wanted: string };

const UNITS: Readonly<Record<string, number>> = { k: 0.001, m: 1, g: 1000, t: 1_000_000 };
const SPEED = /^(\d{1,6}(?:\.\d{1,3})?)\s*([kmgt])(?:(?:bit|b)(?:\/s|ps)?|bps)?$/i;

/** `10G`, `100M`, `2.5 Gbit/s`, `1000Mbps`. In Mbit/s; undefined: not a speed. */
export function readSpeed(text: string): number | undefined {
  const [, number = "", unit = ""] = SPEED.exec(text.trim()) ?? [];
  const mbit = Number(number) * (UNITS[unit.toLowerCase()] ?? 0);
  return mbit > 0 && isKnown(mbit) ? mbit : undefined;
}

export const SPEED_WANTED = "a speed like 10G or 100M";
export const PLACE_WANTED = "a switch and a port like sw1/7, and a speed like 10G where one is wanted";

export type Place = { readonly at: WrittenPort; readonly speedMbit?: number | undefined };

/** `sw1/Gi1/0/7 10G`: the switch up to the first slash. */
export function readPlace(text: string): Word<Place> {
  const { rest, speedMbit } = splitSpeed(text);
  const slash = rest.indexOf("/");
  const at = { switch: rest.slice(0, slash).trim(), port: rest.slice(slash + 1).trim() };
  if (slash < 0 || at.switch === "" || at.port === "") return { wanted: PLACE_WANTED };
  return { value: { at, speedMbit } };
}

/** Takes a speed from the end, if there is one behind a space. */
export function splitSpeed(text: string): { readonly rest: string; readonly speedMbit?: number | undefined } {
  const [, rest = "", last = ""] = /^(.*\S)\s+@?(\S+)$/s.exec(text.trim()) ?? [];
  const speedMbit = readSpeed(last);
  return speedMbit === undefined ? { rest: text.trim() } : { rest, speedMbit };
}

/**
 * `node[1-16]` at `sw1` port `[1-16]`: as many ports as nodes, in their order. `(appliance)` is one too.
 *
 * @returns one of each, or what is wanted instead
 */
export function spread(nodes: string, place: Place, line: number): Word<readonly ExpectedNode[]> {
  const read = nodes === APPLIANCE ? ({ ok: true, names: [APPLIANCE] } as const) : parseNodeSet(nodes);
  if (!read.ok) return { wanted: `a node or node set: ${read.error.detail}` };
  const ports = portsOf(place.at.port, read.names.length);
  if (ports?.length !== read.names.length)
    return { wanted: `as many ports as nodes: ${read.names.length} nodes, ${ports?.length ?? "no"} ports` };
  return {
    value: read.names.map((node, at) => ({
      ...{ node, line, at: { switch: place.at.switch, port: ports[at] ?? "" } },
      ...(place.speedMbit === undefined ? {} : { speedMbit: place.speedMbit }),
    })),
  };
}

/** All ports that brackets stand for; those of one node are what they are, for ports may have brackets in their names. */
function portsOf(text: string, count: number): readonly string[] | undefined {
  if (count === 1) return [text];
  const [, before = "", brackets, behind = ""] = /^(.*?)(\[[^\]]*\])(.*)$/s.exec(text) ?? [];
  if (brackets === undefined) return [text];
  const read = parseNodeSet(`p${brackets}`);
  return read.ok ? read.names.map((name) => before + name.slice(1) + behind) : undefined;
}
