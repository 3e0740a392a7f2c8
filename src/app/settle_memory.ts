/**
 * What a start leaves behind is garbage that V8 collects only when memory gets scarce, which on an idle appliance is never.
 * Once, when everything is up: collect it, and give it back to the system.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { giveBackMemory } from "#src/images/give_back_memory.ts";

/** Takes some tens of milliseconds. */
export function settleMemory(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof collect === "function") collect();
  giveBackMemory();
}
