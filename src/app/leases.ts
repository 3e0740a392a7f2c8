import type { PoolUse } from "#src/dhcp/leases.ts";
import type { NodeRegistry } from "#src/nodes/registry.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

/** What one DHCP server knows of addresses; with another server's they come from what machines say. */
export type AddressSource = {
  readonly addressOf: (mac: Mac) => Ipv4 | undefined;
  /** Whether the machine is the one at the address. */
  readonly holds: (mac: Mac, address: Ipv4) => boolean;
  /** Whether that is certain enough to log in there as root: what a machine only said of itself is not. */
  readonly proves: (mac: Mac, address: Ipv4) => boolean;
  readonly forget?: (mac: Mac) => void;
  /** Absent where the addresses are another server's. */
  readonly pools?: () => readonly PoolUse[];
};

export type ProvenPlace = { readonly mac: Mac; readonly address: Ipv4 };

/** Who has which address now. Nobody has one until DHCP serves, which it does last. */
export class Leases {
  readonly #nodes: Pick<NodeRegistry, "byName">;
  readonly #sources: AddressSource[] = [];

  constructor(nodes: Pick<NodeRegistry, "byName">) {
    this.#nodes = nodes;
  }

  use(source: AddressSource): void {
    this.#sources.push(source);
  }

  /** The machine has a new address from `source`: what it had from the others is over. */
  moved(mac: Mac, source: AddressSource): void {
    for (const other of this.#sources) if (other !== source) other.forget?.(mac);
  }

  /** How full the pools of all servers are. */
  pools(): readonly PoolUse[] {
    return this.#sources.flatMap((source) => source.pools?.() ?? []);
  }

  /** Scripts with secrets go only there. */
  holds(mac: Mac, address: Ipv4): boolean {
    return this.#sources.some((source) => source.holds(mac, address));
  }

  ofMac(mac: Mac): Ipv4 | undefined {
    for (const source of this.#sources) {
      const address = source.addressOf(mac);
      if (address !== undefined) return address;
    }
    return undefined;
  }

  /** The node's first network card that has an address for certain: what is secret to the node goes only there. */
  provenOfNode(name: string): ProvenPlace | undefined {
    for (const mac of this.#nodes.byName(name)?.macs ?? []) {
      const address = this.ofMac(mac);
      if (address !== undefined && this.#sources.some((source) => source.proves(mac, address)))
        return { mac, address };
    }
    return undefined;
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
