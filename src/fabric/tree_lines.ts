/** Draws branches with characters, within a width. Pure. */
import { inertLine } from "#src/value/inert_line.ts";

export type TreeNode = { readonly text: string; readonly below: readonly TreeNode[] };

export type LineOptions = {
  /** Characters in a line. */
  readonly width: number;
  /** No character outside ASCII, names included. */
  readonly ascii: boolean;
};

type Marks = Readonly<Record<"branch" | "last" | "through" | "none" | "more", string>>;

const MIN_WIDTH = 40;
const UNICODE: Marks = { branch: "├─ ", last: "└─ ", through: "│  ", none: "   ", more: "…" };
const ASCII: Marks = { branch: "|- ", last: "`- ", through: "|  ", none: "   ", more: "..." };

/** A branch, and what stands before its first line and before those below it. */
type Branch = {
  readonly node: TreeNode;
  readonly head: string;
  readonly rest: string;
  readonly depth: number;
};

/**
 * One tree, or a text without anything below. What does not fit in a line goes on below it; where branches would take
 * more than half of the width their depth is a number.
 */
export function treeLines(root: TreeNode, { width, ascii }: LineOptions): readonly string[] {
  const marks = ascii ? ASCII : UNICODE;
  const most = Math.max(MIN_WIDTH, width);
  const lines: string[] = [];
  const waiting: Branch[] = [{ node: root, head: "", rest: "", depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const isDeep = next.head.length > most / 2;
    const edges = isDeep ? { first: `${marks.more} ${next.depth}: `, other: "  " } : edgesOf(next, marks);
    lines.push(...wrap(shown(next.node.text, ascii), { ...edges, most, more: marks.more }));
    waiting.push(...branchesOf(next, isDeep, marks).reverse());
  }
  return lines;
}

const edgesOf = ({ node, head, rest }: Branch, marks: Marks) => ({
  first: head,
  other: rest + (node.below.length > 0 ? marks.through : marks.none),
});

/** Those of a deep one get no longer edges, so that memory has a bound. */
function branchesOf({ node, head, rest, depth }: Branch, isDeep: boolean, marks: Marks): Branch[] {
  return node.below.map((below, at) => {
    const isLast = at === node.below.length - 1;
    if (isDeep) return { node: below, head, rest, depth: depth + 1 };
    const [own, under] = isLast ? [marks.last, marks.none] : [marks.branch, marks.through];
    return { node: below, head: rest + own, rest: rest + under, depth: depth + 1 };
  });
}

const shown = (text: string, ascii: boolean): string =>
  ascii ? asciiOnly(inertLine(text)) : inertLine(text);

const asciiOnly = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

type Wrap = { readonly first: string; readonly other: string; readonly most: number; readonly more: string };

/** A number stays with its unit. */
const WORDS = /(?<=[ ,])(?![GM]bit\/s)/;

/** Breaks at spaces and behind commas; a word that is too long for any line is cut. */
function wrap(text: string, { first, other, most, more }: Wrap): readonly string[] {
  const lines: string[] = [];
  let [line, size] = [first, lengthOf(first)];
  for (const word of text.split(WORDS)) {
    const fitting = cut(word, most - lengthOf(other), more);
    if (size + lengthOf(fitting.trimEnd()) > most && size > lengthOf(other)) {
      lines.push(line.trimEnd());
      [line, size] = [other, lengthOf(other)];
    }
    line += fitting;
    size += lengthOf(fitting);
  }
  return [...lines, line.trimEnd()];
}

function cut(word: string, most: number, more: string): string {
  const characters = [...word];
  return characters.length <= most ? word : characters.slice(0, most - more.length).join("") + more;
}

const lengthOf = (text: string): number => [...text].length;
