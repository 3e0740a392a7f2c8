import { describeImportProblem, type ImportProblem } from "#src/images/import_problem.ts";
import type { ImportView } from "./image_types.ts";
import { ApiProblem } from "./problem.ts";

/** Each import compresses on every core; more at once only share them. */
const MAX_IMPORTS = 4;

/** What is being imported now, by the name that it will have. */
export class RunningImports {
  readonly #byName = new Map<string, ImportView>();

  /**
   * Takes the name for one import at a time.
   *
   * @returns what is told of it, and what lets go of it. @throws ApiProblem when it is taken, or too many run
   */
  begin(name: string, startedAtMs: number): RunningImport {
    if (this.#byName.has(name))
      throw new ApiProblem(
        409,
        "importRunning",
        `Cannot import image "${name}": it is being imported already`,
      );
    if (this.#byName.size >= MAX_IMPORTS)
      throw new ApiProblem(
        503,
        "busy",
        `Cannot import image "${name}": ${MAX_IMPORTS} imports are running; try again`,
      );
    const report: RunningImport["report"] = ({ sourceBytes, rawBytes, storedBytes }) =>
      void this.#byName.set(name, { name, startedAtMs, sourceBytes, rawBytes, storedBytes });
    report({ sourceBytes: 0, rawBytes: 0, storedBytes: 0 });
    return { report, [Symbol.dispose]: () => void this.#byName.delete(name) };
  }

  all(): readonly ImportView[] {
    return [...this.#byName.values()];
  }

  byName(name: string): ImportView | undefined {
    return this.#byName.get(name);
  }
}

export type RunningImport = Disposable & {
  readonly report: (progress: Pick<ImportView, "sourceBytes" | "rawBytes" | "storedBytes">) => void;
};

export const importProblem = (name: string, problem: ImportProblem): ApiProblem =>
  new ApiProblem(statusOf(problem), problem.kind, describeImportProblem(name, problem));

function statusOf({ kind }: ImportProblem): number {
  switch (kind) {
    case "versionTaken":
      return 409;
    case "diskFull":
      return 507;
    case "storeFailed":
    case "toolMissing":
      return 500;
    case "badName":
    case "sourceUnreadable":
    case "cancelled":
      return 400;
    default:
      return 422;
  }
}
