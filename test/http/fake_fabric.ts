import { orderOfNodes } from "#src/app/fabric_order.ts";
import { checkCabling } from "#src/fabric/check.ts";
import type { ChainOrder } from "#src/fabric/order_types.ts";
import type { KnownFabric, ScanRecord } from "#src/fabric/scan_record.ts";
import type { FabricApi } from "#src/http/api_services.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";

/** A fabric that tests make up, and scans that end when they are told to. */
export class FakeFabric implements FabricApi {
  graph: KnownFabric | undefined;
  scan: { readonly trigger: "asked"; readonly startedAtMs: number } | undefined;
  seeds: readonly Ipv4[] = [];
  problem: { readonly atMs: number; readonly problem: string } | undefined;

  known = (): KnownFabric | undefined => this.graph;
  running = (): FakeFabric["scan"] => this.scan;
  failure = (): FakeFabric["problem"] => this.problem;
  whyNotScan = (seeds: readonly Ipv4[]): string | undefined =>
    seeds.every((seed) => seed.startsWith("10.")) ? undefined : "Cannot ask ADDRESS: it is elsewhere";
  begin = (seeds: readonly Ipv4[]): void => {
    this.seeds = seeds;
    this.scan = { trigger: "asked", startedAtMs: 1 };
  };
  cancel = (): boolean => {
    const ran = this.scan !== undefined;
    this.scan = undefined;
    return ran;
  };
  history = async (count: number): Promise<readonly ScanRecord[]> =>
    this.graph ? [this.graph.record].slice(0, count) : [];
  /** How long callers were ready to wait. */
  readonly refreshes: number[] = [];
  refresh = async (waitMs: number): Promise<void> => void this.refreshes.push(waitMs);
  check: FabricApi["check"] = (expected, unexpected) =>
    this.graph && checkCabling(this.graph.fabric, expected, { unexpected });
  order = (nodes: readonly string[]): ChainOrder =>
    orderOfNodes(nodes, {
      ...{ fabric: this.graph?.fabric, sourceMbit: undefined },
      ...{ inventoryOf: () => undefined, bootMacOf: () => undefined },
    });
}
