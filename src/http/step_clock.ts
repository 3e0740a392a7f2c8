/** What attempts at steps took, out of the events that tell of them. Pure; memory is bounded. */
import type { ApplianceEvent } from "#src/events/event.ts";

export type StepTook = { readonly step: string; readonly result: "ok" | "failed"; readonly tookMs: number };

/** Far more nodes than are ever installed at once. */
const MAX_RUNNING = 20_000;

export class StepClock {
  readonly #startedAtMs = new Map<string, number>();

  /** @returns the attempt that ended with this event */
  hear(event: ApplianceEvent, atMs: number): StepTook | undefined {
    if (event.kind !== "stepStarted" && event.kind !== "stepFinished" && event.kind !== "stepFailed")
      return undefined;
    const key = JSON.stringify([event.deployment, event.node]);
    if (event.kind === "stepStarted") {
      if (this.#startedAtMs.size < MAX_RUNNING) this.#startedAtMs.set(key, atMs);
      return undefined;
    }
    const { step } = event;
    const startedAtMs = this.#startedAtMs.get(key) ?? atMs;
    this.#startedAtMs.delete(key);
    if (event.kind === "stepFinished") return { step, result: "ok", tookMs: event.tookMs };
    return { step, result: "failed", tookMs: Math.max(0, atMs - startedAtMs) };
  }
}
