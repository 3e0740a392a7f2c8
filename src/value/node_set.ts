import { naturalOrder } from "./natural_order.ts";

/**
 * Node sets as ClusterShell and pdsh users write them: one parser for every
 * command, every request and every report.
 *
 *     node[1-64,70].rack2       ranges and lists in brackets, any number of brackets
 *     node[01-10]               zero padding is kept: node01 … node10
 *     node[0-30/10]             steps
 *     node1,node2               union; a space means the same
 *     node[1-10]!node5          difference (ClusterShell)
 *     node[1-10],-node5         difference (pdsh)
 *     node[1-10]&node[5-20]     intersection
 *     @rack1, @rack[1-3]        the nodes of a group, of several
 *     @rack1-node7              a group without one of its nodes, where no group is called rack1-node7
 *
 * Operators apply from left to right, as in ClusterShell.
 */

/** More names than any cluster has; what asks for more is a typing error or an attack. */
export const MAX_NODE_SET_NAMES = 100_000;
const MAX_TEXT_LENGTH = 1_000_000;
/** Names made on the way, those counted that an operator takes away or that come twice. */
const MAX_EXPANDED = 10 * MAX_NODE_SET_NAMES;
/** Keeps every number exact in a double. */
const MAX_DIGITS = 15;

/** Where and why a node set cannot be read. `offset` counts characters from 0. */
export type NodeSetError = { readonly offset: number; readonly detail: string };

export type NodeSetRead =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly error: NodeSetError };

/** The nodes of a group; `undefined` when there is none of that name. */
export type NodeSetGroups = (group: string) => readonly string[] | undefined;

/** node1 and node01 count alike; something must still say which comes first. */
const inOrder = (left: string, right: string): number => naturalOrder(left, right) || (left < right ? -1 : 1);

type Operator = "union" | "difference" | "intersection";
type Failed = { readonly ok: false; readonly error: NodeSetError };
type Strings = { readonly ok: true; readonly values: readonly string[] } | Failed;

const SEPARATOR = /[\s,!&]/;
const NAME_CHARACTER = /[A-Za-z0-9._-]/;
const RANGE = /^(\d+)(?:-(\d+))?(?:\/(\d+))?$/;

/**
 * Expands a node set.
 *
 * @returns each name once, in natural order (node2 before node10), or where reading stopped. An expression
 * that leaves no name is an error: nobody means it.
 * @param groups who knows the groups; without it `@` is no part of a set
 */
export function parseNodeSet(text: string, groups?: NodeSetGroups): NodeSetRead {
  if (text.length > MAX_TEXT_LENGTH)
    return failed(MAX_TEXT_LENGTH, `longer than ${MAX_TEXT_LENGTH} characters`);
  let names = new Set<string>();
  let expandedCount = 0;
  for (const { operator, word, offset } of words(text)) {
    const expanded =
      groups && word.startsWith("@") ? expandGroups(word, offset, groups) : expandWord(word, offset);
    if (!expanded.ok) return expanded;
    expandedCount += expanded.values.length;
    names = combine(names, operator, new Set(expanded.values));
    if (names.size > MAX_NODE_SET_NAMES || expandedCount > MAX_EXPANDED) return tooMany(offset);
  }
  if (names.size === 0) return failed(text.length, text.trim() === "" ? "it is empty" : "no name is left");
  return { ok: true, names: [...names].sort(inOrder) };
}

/** One sentence for the user, with the position that a caret would point at. */
export function describeNodeSetError(text: string, { offset, detail }: NodeSetError): string {
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return `Cannot read node set ${JSON.stringify(shown)} at character ${offset + 1}: ${detail}`;
}

const failed = (offset: number, detail: string): Failed => ({ ok: false, error: { offset, detail } });
const tooMany = (offset: number): Failed => failed(offset, `more than ${MAX_NODE_SET_NAMES} names`);

function combine(left: Set<string>, operator: Operator, right: Set<string>): Set<string> {
  if (operator === "difference") return left.difference(right);
  return operator === "intersection" ? left.intersection(right) : left.union(right);
}

type Word = { readonly operator: Operator; readonly word: string; readonly offset: number };

/** Splits at separators outside brackets. The separators before a word say what is done with it. */
function* words(text: string): Generator<Word> {
  let operator: Operator = "union";
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? "";
    if (SEPARATOR.test(character) || character === "-") {
      operator = operatorOf(character, operator);
      at++;
      continue;
    }
    const end = wordEnd(text, at);
    yield { operator, word: text.slice(at, end), offset: at };
    operator = "union";
    at = end;
  }
}

function operatorOf(character: string, before: Operator): Operator {
  if (character === "!" || character === "-") return "difference";
  if (character === "&") return "intersection";
  return character === "," ? "union" : before;
}

function wordEnd(text: string, start: number): number {
  let inBrackets = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "[") inBrackets = true;
    else if (character === "]") inBrackets = false;
    else if (!inBrackets && SEPARATOR.test(character)) return at;
  }
  return text.length;
}

/** All names of one word: the product of its literal parts and its brackets. */
function expandWord(word: string, offset: number): Strings {
  let names: readonly string[] = [""];
  for (let at = 0; at < word.length; ) {
    const part = word[at] === "[" ? bracketAt(word, at, offset) : literalAt(word, at, offset);
    if (!part.ok) return part;
    if (names.length * part.values.length > MAX_NODE_SET_NAMES) return tooMany(offset + at);
    names = names.flatMap((name) => part.values.map((value) => name + value));
    at = part.end;
  }
  return { ok: true, values: names };
}

/** Longer words are no two names. */
const MAX_GROUP_WORD = 1000;

/**
 * The nodes of `@rack1`, or of all that `@rack[1-3]` names. A word that is no group may be one without
 * some of its nodes; of others than its own nodes nothing is taken, for that is a typing error.
 */
function expandGroups(word: string, offset: number, groups: NodeSetGroups): Strings {
  const whole = membersOf(word.slice(1), offset + 1, groups);
  if (whole.ok || word.length > MAX_GROUP_WORD) return whole;
  for (let at = word.lastIndexOf("-"); at > 1; at = word.lastIndexOf("-", at - 1)) {
    const members = membersOf(word.slice(1, at), offset + 1, groups);
    const without = members.ok ? expandWord(word.slice(at + 1), offset + at + 1) : members;
    if (!members.ok || !without.ok) continue;
    const left = new Set(members.values).difference(new Set(without.values));
    if (left.size === new Set(members.values).size - without.values.length)
      return { ok: true, values: [...left] };
  }
  return whole;
}

function membersOf(text: string, offset: number, groups: NodeSetGroups): Strings {
  const names = expandWord(text, offset);
  if (!names.ok) return names;
  if (text === "") return failed(offset, "a group has a name");
  const members: string[] = [];
  for (const name of names.values) {
    const own = groups(name);
    if (!own) return failed(offset, `no group is called ${JSON.stringify(name)}; see "brigade group list"`);
    if (members.length + own.length > MAX_NODE_SET_NAMES) return tooMany(offset);
    members.push(...own);
  }
  return { ok: true, values: members };
}

type Part = { readonly ok: true; readonly values: readonly string[]; readonly end: number } | Failed;

function literalAt(word: string, start: number, offset: number): Part {
  let end = start;
  while (end < word.length && NAME_CHARACTER.test(word[end] ?? "")) end++;
  if (end === start) return failed(offset + start, `unexpected ${JSON.stringify(word[start])}`);
  return { ok: true, values: [word.slice(start, end)], end };
}

function bracketAt(word: string, start: number, offset: number): Part {
  const end = word.indexOf("]", start);
  if (end < 0) return failed(offset + start, "bracket is not closed");
  const values: string[] = [];
  let at = start + 1;
  for (const item of word.slice(start + 1, end).split(",")) {
    const range = expandRange(item, offset + at);
    if (!range.ok) return range;
    if (values.length + range.values.length > MAX_NODE_SET_NAMES) return tooMany(offset + at);
    for (const value of range.values) values.push(value);
    at += item.length + 1;
  }
  return { ok: true, values, end: end + 1 };
}

/** `7`, `1-9`, `01-10`, `0-30/10`. The first number's width is the padding of all. */
function expandRange(item: string, offset: number): Strings {
  const [, first = "", last = first, step = "1"] = RANGE.exec(item) ?? [];
  const wrong = rangeProblem(item, { first, last, step });
  if (wrong !== undefined) return failed(offset, wrong);
  const width = isPadded(first) ? first.length : 0;
  const count = Math.floor((Number(last) - Number(first)) / Number(step)) + 1;
  if (count > MAX_NODE_SET_NAMES) return tooMany(offset);
  const values = Array.from({ length: count }, (_, index) =>
    String(Number(first) + index * Number(step)).padStart(width, "0"),
  );
  return { ok: true, values };
}

type RangeText = { readonly first: string; readonly last: string; readonly step: string };

function rangeProblem(item: string, { first, last, step }: RangeText): string | undefined {
  if (first === "") return `${JSON.stringify(item)} is neither a number nor a range like 1-9`;
  if (Math.max(first.length, last.length, step.length) > MAX_DIGITS)
    return `a number has more than ${MAX_DIGITS} digits`;
  if (Number(step) === 0) return "a step of 0 never ends";
  if (Number(last) < Number(first)) return `${first}-${last} runs backwards`;
  if (last.length < first.length || (isPadded(last) && last.length !== first.length))
    return `${first} and ${last} are padded to different widths`;
  return undefined;
}

const isPadded = (digits: string): boolean => digits.length > 1 && digits.startsWith("0");

/** A name cut into text and numbers, with the values that each number takes. */
type Row = { readonly texts: readonly string[]; readonly numbers: readonly (readonly string[])[] };

/**
 * Writes names as short as possible: `node[1-3,7].rack2`. `parseNodeSet` gives the same names back.
 *
 * @returns the empty string for no names
 */
export function foldNodeSet(names: Iterable<string>): string {
  const patterns = Map.groupBy([...new Set(names)].sort(inOrder).map(cut), (row) => row.texts.join("\0"));
  return [...patterns.values()].flatMap(foldRows).map(writeRow).join(",");
}

function cut(name: string): Row {
  const pieces = name.split(/(\d{1,15})/);
  return {
    texts: pieces.filter((_, index) => index % 2 === 0),
    numbers: pieces.filter((_, index) => index % 2 === 1).map((digits) => [digits]),
  };
}

/** Joins rows that differ in one number only, last number first: that is the one that counts within a rack. */
function foldRows(rows: readonly Row[]): readonly Row[] {
  let folded = rows;
  for (let field = (rows[0]?.numbers.length ?? 0) - 1; field >= 0; field--) {
    const alike = Map.groupBy(folded, ({ numbers }) =>
      JSON.stringify(numbers.map((values, index) => (index === field ? null : values))),
    );
    folded = [...alike.values()].map((group) => joinField(group, field));
  }
  return folded;
}

function joinField(group: readonly Row[], field: number): Row {
  const { texts = [], numbers = [] } = group[0] ?? {};
  const joined = group.flatMap((row) => row.numbers[field] ?? []).sort(byValueThenWidth);
  return { texts, numbers: numbers.map((values, index) => (index === field ? joined : values)) };
}

const byValueThenWidth = (left: string, right: string): number =>
  Number(left) - Number(right) || left.length - right.length;

const writeRow = ({ texts, numbers }: Row): string =>
  texts.map((text, index) => text + writeNumbers(numbers[index] ?? [])).join("");

function writeNumbers(values: readonly string[]): string {
  if (values.length <= 1) return values[0] ?? "";
  const runs: { first: string; last: string }[] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run && value === successor(run.last, run.first)) run.last = value;
    else runs.push({ first: value, last: value });
  }
  return `[${runs.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(",")}]`;
}

const successor = (digits: string, first: string): string =>
  String(Number(digits) + 1).padStart(isPadded(first) ? first.length : 0, "0");
