/** Network namespaces that carry the process id of their owner in their names, so that what a killed owner left behind is found. */
import { execFileSync } from "node:child_process";

export const ip = (command: string): string => execFileSync("ip", command.split(" ")).toString();

/** @param namespace where the commands run; ours without it */
export function batch(program: "ip" | "tc", namespace: string | undefined, lines: readonly string[]): void {
  const place = namespace === undefined ? [] : ["-n", namespace];
  execFileSync(program, [...place, "-batch", "-"], { input: `${lines.join("\n")}\n` });
}

/** What a namespace of ours is called, known before it is there. */
export const spaceOf = (prefix: string, name: string): string => `${prefix}${process.pid}-${name}`;

/** All namespaces whose names begin with `prefix`. */
export class Spaces implements Disposable {
  readonly #prefix: string;

  /** @param prefix of no other program, for example `bg-lan-` */
  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#removeLeftovers();
  }

  /** @throws when the command `ip` fails: not root, most likely. */
  add(names: readonly string[]): void {
    batch(
      "ip",
      undefined,
      names.map((name) => `netns add ${this.nameOf(name)}`),
    );
  }

  nameOf(name: string): string {
    return spaceOf(this.#prefix, name);
  }

  /** Ends what runs in them. */
  [Symbol.dispose](): void {
    this.#remove((pid) => pid === process.pid);
  }

  /** Those whose owner was killed before it could clean up. */
  #removeLeftovers(): void {
    this.#remove((pid) => !isAlive(pid));
  }

  #remove(ofOwner: (pid: number) => boolean): void {
    const names = ip("netns list")
      .split("\n")
      .flatMap((line) => line.split(" ").slice(0, 1));
    const gone = names.filter((name) => {
      const owner = new RegExp(`^${this.#prefix}(\\d+)-`).exec(name);
      return owner !== null && ofOwner(Number(owner[1]));
    });
    for (const name of gone) {
      for (const pid of ip(`netns pids ${name}`).split("\n").filter(Boolean)) kill(Number(pid));
    }
    if (gone.length === 0) return;
    batch(
      "ip",
      undefined,
      gone.map((name) => `netns del ${name}`),
    );
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}
