/** A program that runs beside this one, in a session of its own: its output, its end, and how to kill it with all that it started. */
import { Socket } from "node:net";
import { exitOf, type Program, startProgram } from "./posix_spawn.ts";

const LOOK_EVERY_MS = 20;

/** Those that have not ended. One timer looks after all of them. */
const running = new Map<number, (code: number) => void>();
let timer: NodeJS.Timeout | undefined;

export class ChildProgram {
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** The exit code, 128 when a signal ended it. */
  readonly exited: Promise<number>;
  readonly #pid: number;

  /** @throws {SystemCallError} it cannot be started; `ENOENT`: there is no such program */
  constructor(program: Program) {
    const { pid, stdout, stderr } = startProgram(program);
    this.#pid = pid;
    this.exited = new Promise((resolve) => running.set(pid, resolve));
    [this.stdout, this.stderr] = [stdout, stderr].map(
      (fd) => new Socket({ fd, readable: true, writable: false }),
    ) as [Socket, Socket];
    for (const output of [this.stdout, this.stderr]) {
      output.on("error", () => output.destroy());
      // Most programs end when they close their output: those need not wait for the timer.
      output.once("close", () => lookAt(pid));
    }
    timer ??= setInterval(lookAtAll, LOOK_EVERY_MS);
  }

  /** Kills it and its children, as far as they are in its process group. Does nothing once it has ended. */
  kill(): void {
    // As long as nobody has asked how it ended its number is nobody else's.
    if (!running.has(this.#pid)) return;
    try {
      process.kill(-this.#pid, "SIGKILL");
    } catch {
      // Dead, and not looked at yet.
    }
  }
}

function lookAt(pid: number): void {
  const told = running.get(pid);
  const code = told && exitOf(pid);
  if (told === undefined || code === undefined) return;
  running.delete(pid);
  told(code);
}

function lookAtAll(): void {
  for (const pid of running.keys()) lookAt(pid);
  if (running.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
