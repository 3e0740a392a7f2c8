/**
 * Reads named fields from JSON that a stranger sent. Every string, number and
 * list has a bound; the first fault sticks and names its field by path, so a
 * decoder reads straight down its message and calls `finish` once.
 *
 * Pure. Never throws on input.
 */
import type { Decoded, DecodeError } from "#src/value/decoded.ts";

/** PROTOCOL.md: JSON is at most 64 levels deep. */
const MAX_DEPTH = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What each of `[ { ] }` does to the depth. */
const BRACKETS: ReadonlyMap<number, number> = new Map([
  [0x5b, 1],
  [0x7b, 1],
  [0x5d, -1],
  [0x7d, -1],
]);

type Fault = { error: DecodeError | undefined };

/** One JSON object under inspection. A missing or wrong field reads as a harmless value and records the fault. */
export class JsonFields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #fault: Fault;

  private constructor(object: unknown, path: string, fault: Fault) {
    const isObject = typeof object === "object" && object !== null && !Array.isArray(object);
    this.#object = isObject ? (object as Record<string, unknown>) : {};
    this.#path = path;
    this.#fault = fault;
    if (!isObject) this.fail("badValue", "", "is not an object");
  }

  /** Opens a payload that should be one JSON object in UTF-8. */
  static parse(payload: Uint8Array): JsonFields {
    const fault: Fault = { error: undefined };
    const nothing = new JsonFields({}, "", fault);
    if (isTooDeep(payload)) nothing.fail("badValue", "", `nested deeper than ${MAX_DEPTH} levels`);
    if (fault.error) return nothing;
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
      return new JsonFields(JSON.parse(text), "", fault);
    } catch {
      // What the parser says would repeat the stranger's bytes in our log.
      nothing.fail("badValue", "", "is not JSON in UTF-8");
      return nothing;
    }
  }

  /** Whether the field is there and not null. */
  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  /** A string that must match; anything else is a fault. */
  matching(name: string, pattern: RegExp, maxChars = 256): string {
    const value = this.#value(name);
    if (typeof value === "string" && value.length <= maxChars && pattern.test(value)) return value;
    this.fail("badValue", name, value === undefined ? "is missing" : "is malformed");
    return "";
  }

  /** A list of strings that match; longer than `maxItems` is a fault. */
  matchingAll(name: string, pattern: RegExp, maxItems: number): readonly string[] {
    const value = this.#value(name);
    const isGood = (item: unknown): item is string =>
      typeof item === "string" && item.length <= 256 && pattern.test(item);
    if (Array.isArray(value) && value.length <= maxItems && value.every(isGood)) return value;
    this.fail("badValue", name, `is not a list of at most ${maxItems}, or one of it is malformed`);
    return [];
  }

  /** Words for people: kept as they are up to `maxChars`, cut behind it; a missing field is empty. */
  words(name: string, maxChars = 256): string {
    const value = this.#value(name);
    if (value === undefined) return "";
    if (typeof value !== "string") this.fail("badValue", name, "is not a string");
    return typeof value === "string" ? value.slice(0, maxChars) : "";
  }

  /** Like {@link words}, with `null` for a field that is missing or null. */
  wordsOrNull(name: string, maxChars = 256): string | null {
    return this.has(name) ? this.words(name, maxChars) : null;
  }

  /** An integer from 0 (or `min`) to `max`, by default the largest that is exact. */
  integer(name: string, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): number {
    const value = this.#value(name);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max)
      return value;
    this.fail("badValue", name, value === undefined ? "is missing" : `is not an integer ${min} to ${max}`);
    return min;
  }

  integerOrNull(name: string, range?: { min?: number; max?: number }): number | null {
    return this.has(name) ? this.integer(name, range) : null;
  }

  flag(name: string): boolean {
    const value = this.#value(name);
    if (typeof value !== "boolean") this.fail("badValue", name, "is not true or false");
    return value === true;
  }

  oneOf<const T extends string>(name: string, words: readonly T[]): T {
    const value = this.#value(name);
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    this.fail("badValue", name, `is none of ${words.join(", ")}`);
    return words[0] as T;
  }

  /** The object inside `name`. */
  inside(name: string): JsonFields {
    return new JsonFields(this.#value(name), this.#at(name), this.#fault);
  }

  /** A list of objects; longer than `maxItems` is a fault, missing is empty. */
  list<T>(name: string, maxItems: number, read: (item: JsonFields) => T): T[] {
    const value = this.#value(name) ?? [];
    if (!Array.isArray(value) || value.length > maxItems) {
      this.fail("badValue", name, `is not a list of at most ${maxItems}`);
      return [];
    }
    const items: T[] = [];
    for (const [at, item] of value.entries()) {
      if (this.#fault.error) return [];
      items.push(read(new JsonFields(item, this.#at(`${name}[${at}]`), this.#fault)));
    }
    return items;
  }

  /** An object used as a table from strings that match `key` to integers. */
  countsBy(name: string, key: RegExp, maxItems: number): Readonly<Record<string, number>> {
    const inside = this.inside(name);
    const keys = Object.keys(inside.#object);
    if (keys.length > maxItems) this.fail("badValue", name, `has more than ${maxItems} entries`);
    const bad = keys.find((entry) => entry.length > 256 || !key.test(entry));
    if (bad !== undefined) this.fail("badValue", name, "has a malformed key");
    if (this.#fault.error) return {};
    return Object.fromEntries(keys.map((entry) => [entry, inside.integer(entry)]));
  }

  /** Records a fault unless one is already standing. */
  fail(kind: DecodeError["kind"], name: string, detail: string): undefined {
    this.#fault.error ??= { kind, field: this.#at(name) || "message", offsetBytes: 0, detail };
  }

  /** The decoded value, or the first fault met on the way to it. */
  finish<T>(value: T): Decoded<T> {
    return this.#fault.error ? { ok: false, error: this.#fault.error } : { ok: true, value };
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? (this.#object[name] ?? undefined) : undefined;
  }

  #at(name: string): string {
    if (!this.#path || !name) return this.#path || name;
    return `${this.#path}.${name}`;
  }
}

/** Counts brackets outside strings in one pass, so that the parser never sees what is too deep. */
function isTooDeep(json: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += byte === BACKSLASH ? 1 : 0;
    else depth += BRACKETS.get(byte ?? 0) ?? 0;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}
