/**
 * JSON with the comments that Kea takes (`//`, `#`, C comments) and trailing commas, each value with its line.
 * Kea Administrator Reference Manual, "JSON Syntax". Pure.
 */
import { MAX_IMPORT_DEPTH } from "./import_result.ts";

export type Located =
  | { readonly line: number; readonly kind: "object"; readonly fields: ReadonlyMap<string, Located> }
  | { readonly line: number; readonly kind: "list"; readonly items: readonly Located[] }
  | { readonly line: number; readonly kind: "text"; readonly text: string }
  /** Numbers, true, false, null: as they are written. */
  | { readonly line: number; readonly kind: "word"; readonly text: string };

export type LocatedResult =
  | { readonly ok: true; readonly value: Located }
  | { readonly ok: false; readonly line: number; readonly what: string };

const WORD = /[-+.\w]/;
const MAX_WORD_CHARS = 64;

class Trouble extends Error {}

/** Reads one value and nothing behind it. Never throws. */
export function readLocatedJson(text: string): LocatedResult {
  const reader = new Reader(text);
  try {
    const value = reader.value(0);
    reader.skip();
    if (!reader.isAtEnd) reader.fail("something stands behind the end");
    return { ok: true, value };
  } catch (fault) {
    if (fault instanceof Trouble) return { ok: false, line: reader.line, what: fault.message };
    throw fault;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;
  line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  fail(what: string): never {
    throw new Trouble(what);
  }

  /** Blanks and comments. */
  skip(): void {
    while (!this.isAtEnd) {
      const char = this.#text[this.#at] ?? "";
      const isLineComment = char === "#" || this.#text.startsWith("//", this.#at);
      if (isLineComment || this.#text.startsWith("<?include", this.#at)) this.#jump("\n");
      else if (this.#text.startsWith("/*", this.#at)) this.#jump("*/");
      else if (char === "\n") this.#step();
      else if (/\s/.test(char)) this.#at++;
      else return;
    }
  }

  value(depth: number): Located {
    if (depth > MAX_IMPORT_DEPTH) this.fail(`more than ${MAX_IMPORT_DEPTH} braces in each other`);
    this.skip();
    const { line } = this;
    const char = this.#text[this.#at];
    if (char === "{") return { line, kind: "object", fields: this.#object(depth) };
    if (char === "[") return { line, kind: "list", items: this.#list(depth) };
    if (char === '"') return { line, kind: "text", text: this.#string() };
    return { line, kind: "word", text: this.#word() };
  }

  #object(depth: number): ReadonlyMap<string, Located> {
    const fields = new Map<string, Located>();
    this.#at++;
    for (this.skip(); !this.#takes("}"); this.skip()) {
      if (this.#text[this.#at] !== '"') this.fail("a name in quotes is missing");
      const name = this.#string();
      this.skip();
      if (!this.#takes(":")) this.fail("a colon is missing");
      fields.set(name, this.value(depth + 1));
      this.#between("}");
    }
    return fields;
  }

  #list(depth: number): readonly Located[] {
    const items: Located[] = [];
    this.#at++;
    for (this.skip(); !this.#takes("]"); this.skip()) {
      items.push(this.value(depth + 1));
      this.#between("]");
    }
    return items;
  }

  #between(end: string): void {
    this.skip();
    if (!this.#takes(",") && this.#text[this.#at] !== end) this.fail(`a comma or "${end}" is missing`);
  }

  #takes(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #string(): string {
    let end = this.#at + 1;
    while (end < this.#text.length && this.#text[end] !== '"' && this.#text[end] !== "\n")
      end += this.#text[end] === "\\" ? 2 : 1;
    if (this.#text[end] !== '"') this.fail("a quote is not closed");
    const written = this.#text.slice(this.#at, end + 1);
    this.#at = end + 1;
    try {
      return String(JSON.parse(written));
    } catch {
      return this.fail("a text cannot be read");
    }
  }

  #word(): string {
    const start = this.#at;
    while (!this.isAtEnd && WORD.test(this.#text[this.#at] ?? "") && this.#at - start < MAX_WORD_CHARS)
      this.#at++;
    if (this.#at === start) this.fail("a value is missing");
    return this.#text.slice(start, this.#at);
  }

  /** Behind the next `stop`, or to the end. */
  #jump(stop: string): void {
    const found = this.#text.indexOf(stop, this.#at + 2);
    const end = found < 0 ? this.#text.length : found + (stop === "\n" ? 0 : stop.length);
    while (this.#at < end) this.#step();
  }

  #step(): void {
    if (this.#text[this.#at++] === "\n") this.line++;
  }
}
