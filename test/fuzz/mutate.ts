/** Packets that are almost right: what breaks a decoder looks like a packet for most of its length. */
import type { Random } from "./random.ts";

type Mutation = (bytes: Buffer, random: Random, seeds: readonly Uint8Array[]) => Buffer;

/** Lengths, counts and codes where off-by-one lives. */
const EDGES = [0, 1, 2, 4, 6, 0x7f, 0x80, 0xfe, 0xff] as const;
/** What text and JSON decoders meet rarely: no number, too large a number, depth, names with a meaning, ends of strings. */
const WORDS = [
  ...["null", "-1", "1e999", "9007199254740993", "0.5", "[[[[[[[[", '{"a":', '"__proto__":1,', "true"],
  ...["\\u0000", '"', "\n", "\u00ff", "$$", "%00", "../", "--", "\0octet\0"],
].map((word) => Buffer.from(word, "latin1"));
const MAX_BYTES = 4096;
const MAX_MUTATIONS = 4;
const MAX_INSERT_BYTES = 300;

const at = (bytes: Uint8Array, random: Random): number => random.below(bytes.length + 1);

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const where = random.below(bytes.length);
    bytes[where] = (bytes[where] ?? 0) ^ (1 << random.below(8));
    return bytes;
  },
  function setEdge(bytes, random) {
    bytes[random.below(bytes.length)] = EDGES[random.below(EDGES.length)] ?? 0;
    return bytes;
  },
  function setByte(bytes, random) {
    bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, at(bytes, random));
  },
  function splice(bytes, random, seeds) {
    const other = seeds[random.below(seeds.length)] ?? bytes;
    return Buffer.concat([bytes.subarray(0, at(bytes, random)), other.subarray(at(other, random))]);
  },
  /** An option twice, a header twice, a list that goes on. */
  function repeat(bytes, random) {
    const start = at(bytes, random);
    const part = bytes.subarray(start, start + random.below(64));
    return Buffer.concat([bytes.subarray(0, start), part, part, bytes.subarray(start + part.length)]);
  },
  function insert(bytes, random) {
    const where = at(bytes, random);
    const part = Buffer.alloc(random.below(MAX_INSERT_BYTES), random.below(256));
    return Buffer.concat([bytes.subarray(0, where), part, bytes.subarray(where)]);
  },
  function insertWord(bytes, random) {
    const where = at(bytes, random);
    const word = WORDS[random.below(WORDS.length)] ?? bytes;
    return Buffer.concat([
      bytes.subarray(0, where),
      word,
      bytes.subarray(where + random.below(word.length + 1)),
    ]);
  },
  function remove(bytes, random) {
    const start = at(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + random.below(32))]);
  },
];

/** @returns one of the seeds, changed in one to four places; at most 4 KiB */
export function mutated(seeds: readonly Uint8Array[], random: Random): Buffer {
  let bytes: Buffer = Buffer.from(seeds[random.below(seeds.length)] ?? []);
  // Every other packet has a single fault: two are often one too many to get past the first check.
  const count = random.below(2) === 0 ? 1 : 1 + random.below(MAX_MUTATIONS);
  for (let left = count; left > 0 && bytes.length > 0; left--) {
    const mutation = MUTATIONS[random.below(MUTATIONS.length)];
    if (mutation) bytes = mutation(bytes, random, seeds);
  }
  return bytes.subarray(0, MAX_BYTES);
}
