/**
 * One scan of the fabric as the appliance makes it, in a process of its own so that it runs in the appliance's namespace:
 * `node rig_scan_process.ts REQUEST`. Prints a {@link RigScan}.
 */

import type { Fabric } from "#src/fabric/graph.ts";
import { decodeLldp } from "#src/fabric/lldp.ts";
import { mergeFabric } from "#src/fabric/merge.ts";
import type { Endpoint, HeardFrame, SilentSwitch, SwitchReading } from "#src/fabric/reading.ts";
import { FabricScanner } from "#src/fabric/scan.ts";
import type { ScanLimits, ScanNote, ScanPrefix } from "#src/fabric/scan_types.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

export type RigScanRequest = {
  readonly seeds: readonly string[];
  readonly prefixes: readonly ScanPrefix[];
  readonly limits?: Partial<ScanLimits>;
  readonly endpoints: readonly Endpoint[];
  /** Frames in hex. */
  readonly heard: readonly HeardHex[];
};

export type HeardHex = {
  readonly endpoint: string;
  readonly nic: string;
  readonly nicMac: Mac;
  readonly speedMbit?: number;
  readonly frame: string;
};

export type RigScan = {
  readonly fabric: Fabric;
  readonly readings: readonly SwitchReading[];
  readonly silent: readonly SilentSwitch[];
  readonly notes: readonly ScanNote[];
  /** From the start of the scan to the graph. */
  readonly tookMs: number;
};

async function scan({ seeds, prefixes, limits, endpoints, heard }: RigScanRequest): Promise<RigScan> {
  const startMs = performance.now();
  const { signal } = new AbortController();
  const asked = { seeds: seeds as readonly Ipv4[], prefixes, signal, limits };
  const { readings, silent, notes } = await new FabricScanner().scan(asked);
  const fabric = mergeFabric({ readings, silent, endpoints, heard: heard.flatMap(decoded) });
  const tookMs = performance.now() - startMs;
  return { fabric, readings, silent, notes, tookMs };
}

export function decoded({ frame, ...where }: HeardHex): readonly HeardFrame[] {
  const read = decodeLldp(Buffer.from(frame, "hex"));
  return read.ok ? [{ ...where, frame: read.value }] : [];
}

if (import.meta.main) {
  const request = JSON.parse(process.argv[2] ?? "{}") as RigScanRequest;
  process.stdout.write(JSON.stringify(await scan(request)));
}
