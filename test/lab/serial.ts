/** What a machine of the lab says on its serial port. */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import type { LabNode } from "./plan.ts";

const LOOK_EVERY_MS = 100;

/** All of it since the lab started, without the escape sequences of firmware menus. */
export function serialText({ serialLog }: Pick<LabNode, "serialLog">): string {
  return stripVTControlCharacters(readFileSync(serialLog, "latin1"));
}

/**
 * Waits until `words` stand in what the machine has said from `from` on (characters of `serialText`; 0 is the lab's start).
 *
 * @throws with the machine's last lines when they do not come within `limitMs`.
 */
export async function waitForSerial(
  node: Pick<LabNode, "name" | "serialLog">,
  words: RegExp,
  { limitMs, from = 0 }: { readonly limitMs: number; readonly from?: number },
): Promise<void> {
  const endsAtMs = performance.now() + limitMs;
  while (!words.test(serialText(node).slice(from))) {
    if (performance.now() > endsAtMs) {
      const last = serialText(node).trimEnd().split(/\r?\n/).slice(-15).join("\n");
      throw new Error(`${node.name} did not say ${words} within ${limitMs} ms. Its last lines:\n${last}`);
    }
    await pause(LOOK_EVERY_MS);
  }
}
