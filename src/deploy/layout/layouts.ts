/**
 * The layouts that can be named in a request: those that come with the program, and the admins' own. Answers from memory;
 * a change is seen when it is durable.
 */
import type { DescriptionProblem } from "#src/images/description_reader.ts";
import { naturalOrder } from "#src/value/natural_order.ts";
import type { Layout } from "./layout.ts";
import { readLayout } from "./layout_file.ts";
import type { LayoutStore } from "./layout_store.ts";
import { readLayoutName } from "./values.ts";

/** `text` is the file as it was written, comments and all. */
export type NamedLayout = { readonly layout: Layout; readonly text: string; readonly isBundled: boolean };

export type LayoutProblem =
  | { readonly kind: "unknownLayout"; readonly layout: string }
  | { readonly kind: "badLayoutName"; readonly name: string; readonly wanted: string }
  | { readonly kind: "layoutTaken"; readonly layout: string }
  | { readonly kind: "bundledLayout"; readonly layout: string }
  | { readonly kind: "layoutInUse"; readonly layout: string; readonly deployments: readonly string[] }
  | { readonly kind: "tooManyLayouts"; readonly most: number }
  | { readonly kind: "badLayout"; readonly problems: readonly DescriptionProblem[] };

export type LayoutResult =
  | { readonly ok: true; readonly named: NamedLayout }
  | { readonly ok: false; readonly problem: LayoutProblem };

export type LayoutEvent = { readonly kind: "layoutAdded" | "layoutRemoved"; readonly layout: string };

export type LayoutsOptions = {
  /** Name and text. @throws when one of them cannot be read: the program is broken */
  readonly bundled: ReadonlyMap<string, string>;
  readonly store: LayoutStore;
  /** Ids of the running deployments that use it. */
  readonly usedBy: (layout: string) => readonly string[];
  readonly record: (event: LayoutEvent) => void;
};

const MAX_OWN = 1000;

export class Layouts {
  readonly #options: LayoutsOptions;
  readonly #byName = new Map<string, NamedLayout>();
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(options: LayoutsOptions) {
    this.#options = options;
    // One that an older version took and this one does not is left out: nothing can be installed with it.
    for (const { name, text } of options.store.all()) this.#read(name, text, false);
    for (const [name, text] of options.bundled) {
      if (!this.#read(name, text, true)) throw new Error(`The layout ${name} of the program cannot be read`);
    }
  }

  byName(name: string): NamedLayout | undefined {
    return this.#byName.get(name);
  }

  /** In natural order of names. */
  all(): readonly NamedLayout[] {
    return [...this.#byName.values()].sort((a, b) => naturalOrder(a.layout.name, b.layout.name));
  }

  /** @throws {StorageError} it could not be stored; nothing was changed. */
  add(name: string, text: string): Promise<LayoutResult> {
    return this.#inTurn(async () => {
      const problem = this.#whyNotAdd(name);
      if (problem) return { ok: false, problem };
      const read = readLayout(name, text);
      if (!read.ok) return { ok: false, problem: { kind: "badLayout", problems: read.problems } };
      const named = { layout: read.layout, text, isBundled: false };
      await this.#options.store.put({ name, text });
      this.#byName.set(name, named);
      this.#options.record({ kind: "layoutAdded", layout: name });
      return { ok: true, named };
    });
  }

  /** @throws {StorageError} it could not be stored; nothing was changed. */
  remove(name: string): Promise<LayoutResult> {
    return this.#inTurn(async () => {
      const named = this.#byName.get(name);
      if (!named) return { ok: false, problem: { kind: "unknownLayout", layout: name } };
      if (named.isBundled) return { ok: false, problem: { kind: "bundledLayout", layout: name } };
      const deployments = this.#options.usedBy(name);
      if (deployments.length > 0)
        return { ok: false, problem: { kind: "layoutInUse", layout: name, deployments } };
      await this.#options.store.remove(name);
      this.#byName.delete(name);
      this.#options.record({ kind: "layoutRemoved", layout: name });
      return { ok: true, named };
    });
  }

  #whyNotAdd(name: string): LayoutProblem | undefined {
    const read = readLayoutName(name);
    if ("wanted" in read) return { kind: "badLayoutName", name, wanted: read.wanted };
    if (this.#byName.has(name)) return { kind: "layoutTaken", layout: name };
    const own = this.all().filter(({ isBundled }) => !isBundled).length;
    return own < MAX_OWN ? undefined : { kind: "tooManyLayouts", most: MAX_OWN };
  }

  #read(name: string, text: string, isBundled: boolean): boolean {
    const read = readLayout(name, text);
    if (read.ok) this.#byName.set(name, { layout: read.layout, text, isBundled });
    return read.ok;
  }

  /** Runs `work` when all before it are over, whatever came of them. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastChange.then(work);
    this.#lastChange = turn.catch(() => {});
    return turn;
  }
}
