/** Sentences out of source text, with a hole where a value goes in; and a page that knows whether it has them. */
import { globSync, readFileSync, statSync } from "node:fs";

/** Stands where a value goes in; no source has it. */
export const HOLE = "\u0001";

/** A sentence, and what stands before it in its file. */
export type Found = { readonly file: string; readonly before: string; readonly sentence: string };

const sourcesOf = (glob: string): readonly { readonly file: string; readonly text: string }[] =>
  globSync(glob)
    .filter((file) => statSync(file).isFile())
    .map((file) => ({ file, text: readFileSync(file, "utf8") }));

/** String and template literals whose first words match `start`, in the TypeScript files below `folder`. */
export function typeScriptSentences(folder: string, start: RegExp): readonly Found[] {
  const literal = new RegExp(`(["'\`])(?=${start.source})`, "g");
  return sourcesOf(`${folder}/**/*.ts`).flatMap(({ file, text }) =>
    [...text.matchAll(literal)].map(({ index, 1: quote = "" }) => ({
      file,
      before: text.slice(Math.max(0, index - 200), index),
      sentence: literalFrom(text, index + 1, quote),
    })),
  );
}

/** What `pattern` catches in its first group, printf's and shell's values made holes. */
export function caught(glob: string, pattern: RegExp): readonly Found[] {
  return sourcesOf(glob).flatMap(({ file, text }) =>
    [...text.matchAll(pattern)].map((match) => ({ file, before: "", sentence: withHoles(match[1] ?? "") })),
  );
}

/** `%.500s`, `$name`, `${name}`, `$?`, `$(command …)`; a quote inside a command ends what was caught. */
export const withHoles = (text: string): string =>
  text
    .replaceAll(/%(?:\.\*|\.\d+)?(?:llu|[sdu])/g, HOLE)
    .replaceAll(/\$\([^)]*\)?|\$\{[^}]*\}|\$\w+|\$\?/g, HOLE)
    .replaceAll(/\\(["$])/g, "$1");

function literalFrom(text: string, start: number, quote: string): string {
  let out = "";
  for (let at = start; at < text.length && text[at] !== quote; at++) {
    if (text[at] === "\\") out += text[++at] === "n" ? "" : (text[at] ?? "");
    else if (quote === "`" && text.startsWith("${", at)) {
      at = endOfHole(text, at + 2);
      out += HOLE;
    } else out += text[at];
  }
  return out;
}

/** Braces inside a hole go in pairs. @returns where the closing one is */
function endOfHole(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at;
  }
  return text.length;
}

export class Page {
  readonly #spans: readonly string[];

  constructor(path: string) {
    const text = readFileSync(path, "utf8").replaceAll(/\s+/g, " ");
    this.#spans = [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
  }

  /** Whether a message of the page says this, something standing in each hole. */
  has(sentence: string): boolean {
    const words = sentence.replaceAll(/\s+/g, " ").trim();
    const fixed = words.split(HOLE).map((part) => RegExp.escape(part));
    const pattern = new RegExp(`^${fixed.join(".+")}$`);
    return this.#spans.some((span) => pattern.test(span));
  }

  /** Those that the page does not have, readable. */
  missing(sentences: readonly string[]): readonly string[] {
    return [...new Set(sentences.filter((one) => !this.has(one)))].map((one) => one.replaceAll(HOLE, "…"));
  }
}
