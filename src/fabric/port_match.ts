/** Finds the port that a person means: `7`, `gi1/0/7`, `GigabitEthernet1/0/7`, `Port 7`. Pure. */
import type { FabricPort } from "./graph.ts";

/** One name, none, or all that it could be. */
export type PortMatch = readonly string[];

/**
 * @returns the names of the ports that `written` may mean: one when it is clear. A name as it is goes before
 * spellings of it, and as many numbers before fewer.
 */
export function matchPort(ports: readonly FabricPort[], written: string): PortMatch {
  const names = ports.map(({ name }) => name);
  if (names.includes(written)) return [written];
  const plain = plainOf(written);
  const same = names.filter((name) => plainOf(name) === plain);
  if (same.length > 0) return same;
  const wanted = shapeOf(written);
  if (wanted.numbers.length === 0) return [];
  const aggregates = new Set(ports.flatMap(({ lag }) => lag ?? []));
  const shaped = names
    .filter((name) => !aggregates.has(name))
    .map((name) => ({ name, shape: shapeOf(name) }))
    .filter(({ shape }) => isLike(shape, wanted));
  const exact = shaped.filter(({ shape }) => shape.numbers.length === wanted.numbers.length);
  return (exact.length > 0 ? exact : shaped).map(({ name }) => name);
}

const plainOf = (name: string): string => name.toLowerCase().replaceAll(/[\s_]/g, "");

type Shape = { readonly word: string; readonly numbers: readonly number[] };

/** `Gi1/0/7`: the word `gi`, the numbers 1, 0, 7. */
function shapeOf(name: string): Shape {
  const [, word = "", tail = ""] = /^(.*?)(\d[\d/.:-]*)$/.exec(plainOf(name)) ?? [];
  return { word: word.replaceAll(/[^a-z]/g, ""), numbers: (tail.match(/\d+/g) ?? []).map(Number) };
}

/** The last numbers are the same, and one word begins the other: Gi and GigabitEthernet, or no word at all. */
function isLike(seen: Shape, wanted: Shape): boolean {
  const tail = seen.numbers.slice(-wanted.numbers.length);
  const hasNumbers =
    seen.numbers.length >= wanted.numbers.length && tail.every((one, at) => one === wanted.numbers[at]);
  return hasNumbers && (seen.word.startsWith(wanted.word) || wanted.word.startsWith(seen.word));
}
