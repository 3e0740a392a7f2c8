/**
 * A provisioning network of namespaces: the appliance and each node in one of
 * its own, one switch or a core with edge switches, ports that let through
 * what real ones would. Made by the command batch, so that hundreds of nodes
 * stand within a second. Nothing leaves it.
 */
import { batch, ip, Spaces, spaceOf } from "#test/spaces.ts";

export type LanPlan = {
  readonly nodes: number;
  /** What every port of a node, and that of the appliance, lets through in each direction; without it as fast as the machine. */
  readonly rateMbit?: number;
  /** Edge switches below the core; nodes are dealt out to them in turn, so that names say nothing of the wiring. 0: one switch. */
  readonly edges?: number;
  /** What a link between switches lets through, twice a node's rate unless said otherwise. */
  readonly uplinkMbit?: number;
};

/** What a port has sent and got, in bytes with Ethernet headers. */
export type PortBytes = { readonly down: number; readonly up: number };

export const APPLIANCE = "10.88.0.1";
const PREFIX = "bg-lan-";
const CORE = "core";
const UPLINK = "uplink";
const UNSHAPED_MBIT = 10_000;
/** Room of a port for frames that wait; a usual switch has more, and much less makes TCP stumble. */
const PORT_BUFFER_KB = 512;

/** Address of node `number`, from 1. */
export const addressOf = (number: number): string => `10.88.${(9 + number) >> 8}.${(9 + number) & 255}`;

export class Lan implements Disposable {
  readonly nodes: readonly string[];
  readonly #plan: LanPlan;
  readonly #spaces: Spaces;

  /** @throws when the commands `ip` or `tc` fail: not root, most likely. */
  constructor(plan: LanPlan) {
    this.#plan = plan;
    this.#spaces = new Spaces(PREFIX);
    this.nodes = Array.from({ length: plan.nodes }, (_, at) => `node${at + 1}`);
    try {
      this.#build();
    } catch (fault) {
      this[Symbol.dispose]();
      throw fault;
    }
  }

  #build(): void {
    this.#spaces.add([CORE, "appliance", ...this.edges, ...this.nodes]);
    for (const edge of [CORE, ...this.edges]) this.#addSwitch(edge);
    for (const edge of this.edges) this.#uplink(edge);
    for (const name of ["appliance", ...this.nodes]) this.#plug(name);
  }

  get edges(): readonly string[] {
    return Array.from({ length: this.#plan.edges ?? 0 }, (_, at) => `edge${at + 1}`);
  }

  /** The core first. */
  get switches(): readonly string[] {
    return [CORE, ...this.edges];
  }

  /** What a port of a switch is rated for, by its device; as fast as the machine, and said to be 10 Gbit/s, without a rate. */
  portMbit(device: string): number {
    const { rateMbit = UNSHAPED_MBIT, uplinkMbit = 2 * rateMbit } = this.#plan;
    return this.edges.includes(device) || device === UPLINK ? uplinkMbit : rateMbit;
  }

  /** The switch that a node, or the appliance, is plugged into. */
  switchOf(name: string): string {
    const { edges } = this;
    return edges[(this.#numberOf(name) - 1) % edges.length] ?? CORE;
  }

  /** The nodes edge by edge, as somebody would line them up who knows the wiring. */
  get nodesByFabric(): readonly string[] {
    const { edges } = this;
    if (edges.length === 0) return this.nodes;
    return edges.flatMap((edge) => this.nodes.filter((node) => this.switchOf(node) === edge));
  }

  /** Bytes over the link between each edge switch and the core since the network was built. */
  uplinkBytes(): ReadonlyMap<string, PortBytes> {
    return new Map(this.edges.map((edge) => [edge, portBytes(edge, UPLINK)]));
  }

  /** Bytes from (`up`) and to (`down`) a node or the appliance. */
  bytesOf(name: string): PortBytes {
    return portBytes(name, "eth0");
  }

  /** Pulls the cable of a node out of the switch, or puts it back. */
  plug(node: string, state: "up" | "down"): void {
    ip(`-n ${namespaceOf(this.switchOf(node))} link set ${node} ${state}`);
  }

  /** Gives a node another rate in both directions, as a port does that fell back to a lower speed. */
  rate(node: string, rateMbit: number): void {
    const change = (device: string): string =>
      `class change dev ${device} parent 1: classid 1:1 ${htb(rateMbit)}`;
    batch("tc", namespaceOf(this.switchOf(node)), [change(node)]);
    batch("tc", namespaceOf(node), [change("eth0")]);
  }

  [Symbol.dispose](): void {
    this.#spaces[Symbol.dispose]();
  }

  /** Words that run a command in the namespace of a node or the appliance. */
  static within(name: string): readonly string[] {
    return ["netns", "exec", namespaceOf(name)];
  }

  #numberOf(name: string): number {
    return this.nodes.indexOf(name) + 1;
  }

  #addSwitch(name: string): void {
    batch("ip", namespaceOf(name), [
      "link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
      "link set br0 addrgenmode none up",
    ]);
  }

  #uplink(edge: string): void {
    const { rateMbit, uplinkMbit = rateMbit === undefined ? undefined : 2 * rateMbit } = this.#plan;
    this.#cable({ name: CORE, device: edge }, { name: edge, device: UPLINK }, uplinkMbit);
    batch("ip", namespaceOf(CORE), [`link set ${edge} master br0`]);
    batch("ip", namespaceOf(edge), [`link set ${UPLINK} master br0`]);
  }

  #plug(name: string): void {
    const number = this.#numberOf(name);
    const at = number === 0 ? CORE : this.switchOf(name);
    this.#cable({ name: at, device: name }, { name, device: "eth0" }, this.#plan.rateMbit);
    batch("ip", namespaceOf(at), [`link set ${name} master br0`]);
    batch("ip", namespaceOf(name), [
      "link set lo up",
      `addr add ${number === 0 ? APPLIANCE : addressOf(number)}/16 brd + dev eth0`,
      "route add 224.0.0.0/4 dev eth0",
    ]);
  }

  #cable(left: End, right: End, rateMbit: number | undefined): void {
    const [a, b] = [left, right].map(({ name }) => namespaceOf(name));
    batch("ip", a, [
      `link add ${left.device} type veth peer name ${right.device} netns ${b}`,
      `link set ${left.device} addrgenmode none up`,
    ]);
    batch("ip", b, [`link set ${right.device} addrgenmode none up`]);
    if (rateMbit === undefined) return;
    for (const { name, device } of [left, right]) batch("tc", namespaceOf(name), shape(device, rateMbit));
  }
}

type End = { readonly name: string; readonly device: string };

const namespaceOf = (name: string): string => spaceOf(PREFIX, name);
const htb = (rateMbit: number): string => `htb rate ${rateMbit}mbit burst 64k cburst 64k quantum 60000`;

/** Htb and not tbf, which drops bursts so that TCP collapses when many flows are busy. */
const shape = (device: string, rateMbit: number): readonly string[] => [
  `qdisc add dev ${device} root handle 1: htb default 1`,
  `class add dev ${device} parent 1: classid 1:1 ${htb(rateMbit)}`,
  `qdisc add dev ${device} parent 1:1 handle 10: bfifo limit ${PORT_BUFFER_KB}kb`,
];

type LinkReport = { readonly stats64: { readonly rx: { bytes: number }; readonly tx: { bytes: number } } };

function portBytes(name: string, device: string): PortBytes {
  const [link] = JSON.parse(ip(`-n ${namespaceOf(name)} -s -j link show ${device}`)) as LinkReport[];
  if (!link) throw new Error(`Cannot read the counters of ${device} on ${name}: no such link`);
  return { down: link.stats64.rx.bytes, up: link.stats64.tx.bytes };
}
