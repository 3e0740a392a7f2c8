/**
 * Names made of where a machine is plugged in: `rack2-u{port}`, `n{port+64:03}`, `{switch}-{unit}-{port:02}`.
 *
 * Pure.
 */
import { matchesWildcard } from "#src/value/wildcard.ts";
import type { Place } from "./place.ts";

type NumberOf = "port" | "unit";

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "switch" }
  /** The number plus `add`, with zeros in front up to `width`. */
  | { readonly kind: "number"; readonly of: NumberOf; readonly add: number; readonly width: number };

export type PortPattern = { readonly text: string; readonly parts: readonly Part[] };

export type ReadPattern =
  | { readonly ok: true; readonly pattern: PortPattern }
  /** `why` is a clause. */
  | { readonly ok: false; readonly why: string };

export type RenderedName =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly why: string };

const PIECE = /\{([^{}]*)\}|([^{}]+)/gy;
const PLACEHOLDER = /^(?:switch|(port|unit)([+-]\d{1,6})?(?::0?(\d{1,2}))?)$/;
const MAX_PATTERN_LENGTH = 100;
const MAX_WIDTH = 9;
const WANTED = "{port}, {unit} or {switch}, for example {port:02}, {port+64} or {unit}";

/** Reads a pattern. It must hold the port: without it all machines of a switch had one name. */
export function readPortPattern(text: string): ReadPattern {
  if (text.length > MAX_PATTERN_LENGTH)
    return { ok: false, why: `it has more than ${MAX_PATTERN_LENGTH} characters` };
  const parts: Part[] = [];
  let end = 0;
  for (const { 0: piece, 1: placeholder, 2: literal, index } of text.matchAll(PIECE)) {
    end = index + piece.length;
    const part = placeholder === undefined ? textPart(literal ?? "") : placeholderPart(placeholder);
    if (typeof part === "string") return { ok: false, why: part };
    parts.push(part);
  }
  if (end < text.length) return { ok: false, why: `a brace is not closed; it wants ${WANTED}` };
  if (!parts.some((part) => part.kind === "number" && part.of === "port"))
    return { ok: false, why: "it has no {port}, so that all machines of a switch would have one name" };
  return { ok: true, pattern: { text, parts } };
}

const textPart = (text: string): Part | string =>
  /^[a-z0-9.-]+$/.test(text)
    ? { kind: "text", text }
    : `${JSON.stringify(text)} cannot be in a name, which has lower-case letters, digits, hyphens and dots`;

function placeholderPart(text: string): Part | string {
  const match = PLACEHOLDER.exec(text);
  if (!match) return `there is no {${text}}; it wants ${WANTED}`;
  const [, of, add = "0", width = "0"] = match;
  if (of === undefined) return { kind: "switch" };
  if (Number(width) > MAX_WIDTH) return `{${text}} wants more than ${MAX_WIDTH} digits`;
  return { kind: "number", of: of as NumberOf, add: Number(add), width: Number(width) };
}

/** The name of the machine at a place. */
export function renderName({ parts }: PortPattern, place: Place): RenderedName {
  let name = "";
  for (const part of parts) {
    if (part.kind !== "number") {
      name += part.kind === "text" ? part.text : switchLabel(place.switchName);
      continue;
    }
    const number = part.of === "port" ? portNumber(place.port) : unitNumber(place);
    if (number === undefined) return { ok: false, why: whyNoNumber(part.of, place) };
    const sum = number + part.add;
    if (sum < 0) return { ok: false, why: `its ${part.of} ${number} gives ${sum}` };
    name += String(sum).padStart(part.width, "0");
  }
  return { ok: true, name };
}

const whyNoNumber = (of: NumberOf, { port }: Place): string =>
  of === "port"
    ? `its port ${JSON.stringify(port)} does not end with a number`
    : `nobody says which member of a stack its port ${JSON.stringify(port)} belongs to`;

/** Junos names the logical unit after a dot: `ge-0/0/7.0` is port 7. */
const portNumber = (port: string): number | undefined => lastNumber(port.replace(/(\d)\.0$/, "$1"));

function lastNumber(text: string): number | undefined {
  const digits = /\d{1,9}$/.exec(text)?.[0];
  return digits === undefined ? undefined : Number(digits);
}

/** Where the switch does not say it, the first of three numbers does: `GigabitEthernet2/0/7`. */
function unitNumber({ port, member }: Place): number | undefined {
  if (member !== undefined) return member;
  const first = /(\d{1,9})\/\d+\/\d+(?:\.\d+)?$/.exec(port)?.[1];
  return first === undefined ? undefined : Number(first);
}

/** Its host name without the domain, as node names are spelled. */
const switchLabel = (name: string): string =>
  (name.split(".")[0] ?? "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");

/** `*` stands for any characters; capitals do not matter. */
export const isSwitchIn = (switches: string, name: string): boolean =>
  matchesWildcard(switches.toLowerCase(), name.toLowerCase());
