import { createHash } from "node:crypto";
import type { Fabric } from "./graph.ts";

/** Members that differ from scan to scan and tell nothing of the wiring. */
const PASSING: ReadonlySet<string> = new Set(["takenAtMs", "inErrors", "inDiscards", "inPackets"]);

/** Tens of milliseconds for a large graph: nothing for the main thread. */
export function fabricDigest(fabric: Fabric): string {
  const words = JSON.stringify(fabric, (key, value: unknown) => (PASSING.has(key) ? undefined : value));
  return createHash("sha256").update(words).digest("base64");
}
