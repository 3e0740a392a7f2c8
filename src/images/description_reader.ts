/** Walks an image description and collects what is wrong with it. Pure. */
import { isMap, isScalar, isSeq, type LineCounter, type ParsedNode } from "yaml";
import type { ReadText } from "./description_values.ts";

const MAX_PROBLEMS = 20;

export type DescriptionProblem = {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** `postInstall[0].script`; empty: the whole of it. */
  readonly path: string;
  readonly wanted: string;
};

/** `line 3, column 5: kernelArguments[1]: wanted ...` */
export const describeProblem = ({ line, column, path, wanted }: DescriptionProblem): string =>
  `line ${line}, column ${column}: ${path === "" ? "" : `${path}: `}${wanted.startsWith("YAML") ? wanted : `wanted ${wanted}`}`;

export type Place = { readonly node: ParsedNode | null | undefined; readonly path: string };
export type Fields = ReadonlyMap<string, Place>;

/** Collects what is wrong, with the place of each. */
export class DescriptionReader {
  readonly problems: DescriptionProblem[] = [];
  readonly #counter: LineCounter;

  constructor(counter: LineCounter) {
    this.#counter = counter;
  }

  refuseAt(offset: number, path: string, wanted: string): undefined {
    const { line, col } = this.#counter.linePos(offset);
    if (this.problems.length < MAX_PROBLEMS)
      this.problems.push({ line: line || 1, column: col || 1, path: path.slice(0, 100), wanted });
  }

  refuse({ node, path }: Place, wanted: string): undefined {
    return this.refuseAt(node?.range[0] ?? 0, path, wanted);
  }

  /** The entries of a mapping; names that are unknown or said twice are problems. */
  fields(place: Place, known: readonly string[]): Fields {
    const fields = new Map<string, Place>();
    if (!isMap(place.node)) {
      this.refuse(place, `a mapping with ${known.join(", ")}`);
      return fields;
    }
    for (const { key, value } of place.node.items) {
      const keyNode = key as ParsedNode | null;
      const name = isScalar(keyNode) ? String(keyNode.value) : "";
      const path = place.path === "" ? name : `${place.path}.${name}`;
      if (fields.has(name)) this.refuse({ node: keyNode, path }, "it once");
      else if (!known.includes(name))
        this.refuse({ node: keyNode, path: place.path }, `one of ${known.join(", ")}`);
      else fields.set(name, { node: (value as ParsedNode | null) ?? keyNode, path });
    }
    return fields;
  }

  list(place: Place | undefined, limit: number): readonly Place[] {
    if (!place) return [];
    if (!isSeq(place.node) || place.node.items.length > limit) {
      this.refuse(place, `a list of at most ${limit}`);
      return [];
    }
    return place.node.items.map((node, index) => ({
      node: node as ParsedNode,
      path: `${place.path}[${index}]`,
    }));
  }

  value<T>(place: Place | undefined, read: ReadText<T>): T | undefined {
    if (!place) return undefined;
    const result = read(textOf(place.node) ?? "");
    return "value" in result ? result.value : this.refuse(place, result.wanted);
  }

  needed<T>(
    parent: Place,
    fields: Fields,
    { name, read }: { readonly name: string; readonly read: ReadText<T> },
  ): T | undefined {
    const place = fields.get(name);
    if (place) return this.value(place, read);
    return isMap(parent.node) ? this.refuse(parent, `${name} in it`) : undefined;
  }
}

/** As it is written, so that 010 does not become 8. */
export const textOf = (node: Place["node"]): string | undefined =>
  isScalar(node) && node.value !== null
    ? typeof node.value === "string"
      ? node.value
      : String(node.source ?? node.value)
    : undefined;

/** Without the fields of which nothing was said, so that a description is equal to what it becomes as JSON. */
export const said = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
