/** What the demo tells the person in front of it: a line for each phase, then tables. */

const say = (text: string): void => {
  process.stdout.write(text);
};

export class Phases {
  readonly #startedAtMs = performance.now();
  readonly #tookSec = new Map<string, number>();

  /** Announces `name`, does the work, keeps its seconds. @throws what `work` throws, with the phase before it. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    say(`${this.#elapsed()} ${name}\n`);
    try {
      return await work();
    } catch (fault) {
      throw new Error(`${name}: ${fault instanceof Error ? fault.message : fault}`, { cause: fault });
    } finally {
      this.#tookSec.set(name, Math.round((performance.now() - startedAtMs) / 1000));
    }
  }

  say(text: string): void {
    say(`${text}\n`);
  }

  /** Rows of name and seconds, the whole last. */
  rows(): string[][] {
    const all = Math.round((performance.now() - this.#startedAtMs) / 1000);
    return [...this.#tookSec, ["all", all] as const].map(([name, seconds]) => [name, `${seconds} s`]);
  }

  #elapsed(): string {
    const seconds = Math.round((performance.now() - this.#startedAtMs) / 1000);
    return `[${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, "0")}]`;
  }
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}
