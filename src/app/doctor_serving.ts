import type { Finding } from "#src/doctor/finding.ts";
import { examine } from "#src/doctor/look.ts";
import { findInterface } from "#src/net/interface.ts";
import type { Base } from "./base.ts";
import type { Leases } from "./leases.ts";
import { programFromMs } from "./program_time.ts";

/** The appliance about itself while it runs: it has its ports, and knows its nodes and its pools. */
export async function examineServing(
  { networks, nodes, settings }: Base,
  leases: Pick<Leases, "pools">,
): Promise<readonly Finding[]> {
  const all = nodes.all();
  return await examine({
    refusals: [],
    served: networks.map(({ own, mode }) => ({ own: findInterface(own.name), isProxy: mode === "proxy" })),
    fixed: all.flatMap(({ name, macs, address }) => (address ? [{ node: name, macs, address }] : [])),
    pools: leases.pools(),
    nodes: all.length,
    data: settings.data,
    wantedPorts: [],
    programFromMs: programFromMs(),
  });
}
