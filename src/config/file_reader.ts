/** Walks a YAML document and collects what is wrong with it: each problem with its line and its place in the file. */
import { isMap, isScalar, isSeq, type LineCounter, type ParsedNode } from "yaml";
import type { ReadValue } from "./network.ts";

export type FileProblem = {
  readonly line: number;
  /** `subnets[0].pool`; empty where the whole file is meant. */
  readonly path: string;
  readonly wanted: string;
};

export type Place = { readonly node: ParsedNode | null | undefined; readonly path: string };
export type Fields = ReadonlyMap<string, Place>;

export class FileReader {
  readonly problems: FileProblem[] = [];
  readonly #lines: LineCounter;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  refuseAt(offset: number, wanted: string, path = ""): void {
    this.problems.push({ line: this.#lines.linePos(offset).line, path, wanted });
  }

  refuse({ node, path }: Place, wanted: string): void {
    this.refuseAt(node?.range[0] ?? 0, wanted, path);
  }

  /** The entries of a mapping; names that nobody knows are problems. */
  fields(place: Place, known: readonly string[]): Fields {
    const fields = new Map<string, Place>();
    if (!isMap(place.node)) {
      this.refuse(place, `a mapping with ${known.join(", ")}`);
      return fields;
    }
    for (const { key, value } of place.node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      const path = place.path === "" ? name : `${place.path}.${name}`;
      const node = value as ParsedNode | null;
      if (known.includes(name)) fields.set(name, { node: node ?? key, path });
      else this.refuse({ node: key, path }, `one of ${known.join(", ")}`);
    }
    return fields;
  }

  /** The entries of a list; none when it is not there. */
  list(place: Place | undefined): readonly Place[] {
    if (!place) return [];
    if (!isSeq(place.node)) {
      this.refuse(place, "a list");
      return [];
    }
    return place.node.items.map((node, index) => ({
      node: node as ParsedNode,
      path: `${place.path}[${index}]`,
    }));
  }

  value<T>(place: Place | undefined, read: ReadValue<T>): T | undefined {
    if (!place) return undefined;
    // As it was written: a community of 007 is no number.
    const result = read(isScalar(place.node) ? (place.node.source ?? String(place.node.value)) : "");
    if ("value" in result) return result.value;
    this.refuse(place, result.wanted);
    return undefined;
  }

  needed<T>(
    parent: Place,
    fields: Fields,
    { name, read }: { readonly name: string; readonly read: ReadValue<T> },
  ): T | undefined {
    const place = fields.get(name);
    if (place) return this.value(place, read);
    if (isMap(parent.node)) this.refuse(parent, `${name}: ${wantedBy(read)}`);
    return undefined;
  }
}

/** What a reader takes, from its own mouth. */
function wantedBy(read: ReadValue<unknown>): string {
  const result = read("");
  return "wanted" in result ? result.wanted : "a value";
}
