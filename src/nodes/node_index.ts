import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { Node } from "./node.ts";
import type { NodeProblem } from "./node_problem.ts";

/** Nodes by all that finds one. Holds what it is told to: the registry keeps its truth here, and tries changes out on a copy. */
export class NodeIndex {
  readonly #byName = new Map<string, Node>();
  readonly #byMac = new Map<Mac, Node>();
  readonly #byAddress = new Map<Ipv4, Node>();
  /** How many nodes have their BMC at an address: the modules of a chassis share one. */
  readonly #bmcs = new Map<string, number>();
  #discoveredCount = 0;
  #withoutAddressCount = 0;

  constructor(nodes: Iterable<Node>) {
    for (const node of nodes) this.hold(node);
  }

  byName(name: string): Node | undefined {
    return this.#byName.get(name);
  }

  byMac(mac: Mac): Node | undefined {
    return this.#byMac.get(mac);
  }

  byAddress(address: Ipv4): Node | undefined {
    return this.#byAddress.get(address);
  }

  isBmcAddress(address: Ipv4): boolean {
    return this.#bmcs.has(address);
  }

  get discoveredCount(): number {
    return this.#discoveredCount;
  }

  /** Registered nodes whose address is not fixed. */
  get withoutAddressCount(): number {
    return this.#withoutAddressCount;
  }

  all(): readonly Node[] {
    return [...this.#byName.values()];
  }

  copy(): NodeIndex {
    return new NodeIndex(this.#byName.values());
  }

  /** Why `wanted` cannot take the place of `old` beside the other nodes. */
  conflict(old: Node | undefined, wanted: Node): NodeProblem | undefined {
    const namesake = this.#byName.get(wanted.name);
    const mayTake = namesake === undefined || namesake.name === old?.name;
    if (!mayTake && !this.discoveredAmong(wanted.macs, old).includes(namesake))
      return { kind: "nameTaken", name: wanted.name };
    for (const mac of wanted.macs) {
      const owner = this.#byMac.get(mac);
      if (owner?.status === "registered" && owner.name !== old?.name)
        return { kind: "macTaken", mac, node: owner.name };
    }
    const { address } = wanted;
    if (address === undefined) return undefined;
    const holder = this.#byAddress.get(address);
    return holder === undefined || holder.name === old?.name
      ? undefined
      : { kind: "addressTaken", address, node: holder.name };
  }

  /** Machines that nobody registered and that have one of these MACs. */
  discoveredAmong(macs: readonly Mac[], except: Node | undefined): readonly Node[] {
    const owners = macs.flatMap((mac) => this.#byMac.get(mac) ?? []);
    return [...new Set(owners)].filter(
      ({ status, name }) => status === "discovered" && name !== except?.name,
    );
  }

  hold(node: Node): void {
    this.drop(node.name);
    this.#byName.set(node.name, node);
    for (const mac of node.macs) this.#byMac.set(mac, node);
    if (node.address !== undefined) this.#byAddress.set(node.address, node);
    this.#count(node, 1);
  }

  drop(name: string): void {
    const node = this.#byName.get(name);
    if (!node) return;
    this.#byName.delete(name);
    for (const mac of node.macs) if (this.#byMac.get(mac) === node) this.#byMac.delete(mac);
    if (node.address !== undefined) this.#byAddress.delete(node.address);
    this.#count(node, -1);
  }

  #count({ status, address, power }: Node, change: 1 | -1): void {
    if (power?.driver === "ipmi") this.#countBmc(power.address, change);
    if (status === "discovered") this.#discoveredCount += change;
    else if (address === undefined) this.#withoutAddressCount += change;
  }

  #countBmc(address: string, change: 1 | -1): void {
    const count = (this.#bmcs.get(address) ?? 0) + change;
    if (count > 0) this.#bmcs.set(address, count);
    else this.#bmcs.delete(address);
  }
}
