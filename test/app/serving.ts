/** The whole program as a process, for tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const BRIGADE = [process.execPath, "--disable-warning=ExperimentalWarning", "src/app/main.ts"];

type Ended = { readonly code: number | null; readonly err: string };

/** A running `brigade serve` in a namespace, on eth0 unless told otherwise. */
export class Serving implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<() => void>();
  #err = "";

  constructor(space: string, words: readonly string[], prefix: readonly string[] = []) {
    const argv = ["netns", "exec", space, ...prefix, ...BRIGADE, "serve", ...served(words)];
    this.#child = spawn("ip", argv, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stderr?.on("data", (part: Buffer) => {
      this.#err += part;
    });
    createInterface(this.#child.stdout as NodeJS.ReadableStream).on("line", (line) => {
      this.#lines.push(line);
      for (const look of this.#watchers) look();
    });
    this.#ended = once(this.#child, "close").then(([code]) => ({ code, err: this.#err }));
  }

  /** What its log has said. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Resolves with the line of the log that has `text`. */
  says(text: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = (): void => {
      const heard = this.#lines.find((line) => line.includes(text));
      if (heard !== undefined) resolve(heard);
    };
    this.#watchers.add(look);
    void this.#ended.then(() => reject(new Error(`It ended without saying "${text}": ${this.#err}`)));
    look();
    return promise.finally(() => this.#watchers.delete(look));
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#child.kill(signal);
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) await this.kill("SIGKILL");
  }
}

const served = (words: readonly string[]): readonly string[] =>
  words.includes("--config") || words.includes("--interface") ? words : ["--interface", "eth0", ...words];
