/**
 * Writes leases as fast as the store takes them and prints each address once
 * its promise has resolved. Somebody kills it; what it printed must be there.
 *
 *     node writer_process.ts DIR FIRST
 */
import { writeSync } from "node:fs";
import { openStore } from "#src/store/store.ts";
import { ipv4FromNumber } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const [dir = "", first = "0"] = process.argv.slice(2);
const store = await openStore(dir, (skipped) => {
  throw new Error(JSON.stringify(skipped));
});

let next = Number(first);
async function writeForEver(): Promise<never> {
  for (;;) {
    const address = ipv4FromNumber(next++);
    await store.leases.put({ address, mac: "52:54:00:00:00:01" as Mac, expiresAtMs: 1, state: "bound" });
    writeSync(1, `${address}\n`);
  }
}
await Promise.all(Array.from({ length: 50 }, writeForEver));
