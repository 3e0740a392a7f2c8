import type { DhcpServer } from "#src/dhcp/server.ts";
import type { NodeRegistry } from "#src/nodes/registry.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

/** Who has which address now. Nobody has one until DHCP serves, which it does last. */
export class Leases {
  readonly #nodes: Pick<NodeRegistry, "byName">;
  #dhcp: Pick<DhcpServer, "addressOf"> | undefined;

  constructor(nodes: Pick<NodeRegistry, "byName">) {
    this.#nodes = nodes;
  }

  use(dhcp: Pick<DhcpServer, "addressOf">): void {
    this.#dhcp = dhcp;
  }

  ofMac(mac: Mac): Ipv4 | undefined {
    return this.#dhcp?.addressOf(mac);
  }

  /** Of the node's first network card that has one. */
  ofNode(name: string): Ipv4 | undefined {
    for (const mac of this.#nodes.byName(name)?.macs ?? []) {
      const address = this.ofMac(mac);
      if (address !== undefined) return address;
    }
    return undefined;
  }
}
