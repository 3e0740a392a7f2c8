/** Says one thing to one BMC until it is heard: other sessions, retries, pauses. The same for all drivers. */
import type { Driver, Reading, Verb } from "./driver.ts";
import type { PowerFault } from "./result.ts";
import type { RunProgram } from "./run_program.ts";

export type Pause = (ms: number, signal: AbortSignal) => Promise<unknown>;

export type ConversationParts = { readonly run: RunProgram; readonly pause: Pause };

const COMMAND_LIMIT_MS = 20_000;
/** Before the second and third try. */
const RETRY_PAUSES_MS: readonly number[] = [2000, 5000];
/** A BMC that is hurried drops the next session. */
const GAP_MS = 200;

/** Faults that the next try may not meet. Wrong passwords are not among them: a BMC locks the account. */
const RETRIED: ReadonlySet<PowerFault> = new Set<PowerFault>([
  "unreachable",
  "timeout",
  "refused",
  "unknownAnswer",
]);

export class Conversations {
  readonly #parts: ConversationParts;
  /** Which session a BMC took, so that only the first command has to find out. One entry for each BMC. */
  readonly #sessions = new Map<string, number>();

  constructor(parts: ConversationParts) {
    this.#parts = parts;
  }

  /** @returns what the last try gave; `{ ok: true }` at once for a verb that the driver does not have. */
  async say(driver: Driver, verb: Verb, signal: AbortSignal): Promise<Reading> {
    for (let attempt = 0; ; attempt++) {
      const reading = await this.#sayOnce(driver, verb, signal);
      const pauseMs = RETRY_PAUSES_MS[attempt];
      if (reading.ok || !RETRIED.has(reading.kind) || pauseMs === undefined) return reading;
      await this.#parts.pause(pauseMs, signal);
    }
  }

  /** Goes through the driver's sessions, beginning with the one that was taken last time. */
  async #sayOnce(driver: Driver, verb: Verb, signal: AbortSignal): Promise<Reading> {
    const first = this.#sessions.get(driver.key) ?? 0;
    let reading: Reading = { ok: true };
    for (let step = 0; step < driver.sessions; step++) {
      const session = (first + step) % driver.sessions;
      const invocation = driver.invocation(verb, session);
      if (invocation === undefined) return { ok: true };
      reading = driver.read(verb, await this.#parts.run(invocation, { limitMs: COMMAND_LIMIT_MS, signal }));
      await this.#parts.pause(GAP_MS, signal);
      if (reading.ok) this.#sessions.set(driver.key, session);
      if (reading.ok || reading.kind !== "sessionRefused") return reading;
    }
    return reading;
  }
}
