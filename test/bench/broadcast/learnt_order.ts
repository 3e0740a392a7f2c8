/**
 * The order of a broadcast learnt from the network instead of told: the switches of a `Lan` get real lldpd and snmpd, the
 * appliance scans them, and what nodes have heard is merged with that. Nobody looks at how the network was built.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Inventory } from "#src/agent/inventory.ts";
import type { Fabric } from "#src/fabric/graph.ts";
import { chainOrder } from "#src/fabric/order.ts";
import { describeOrder } from "#src/fabric/order_text.ts";
import type { ChainOrder } from "#src/fabric/order_types.ts";
import type { Endpoint } from "#src/fabric/reading.ts";
import { type Ipv4, subnetOf } from "#src/value/ipv4.ts";
import { Lan } from "#test/broadcast/lan.ts";
import type { Network } from "#test/broadcast/network.ts";
import type { Daemon } from "#test/fabric/rig_daemon.ts";
import { until } from "#test/fabric/rig_daemon.ts";
import { Lldpd } from "#test/fabric/rig_lldpd.ts";
import { scanFrom } from "#test/fabric/rig_scan.ts";
import type { HeardHex } from "#test/fabric/rig_scan_process.ts";
import { isMaster, snmpdOf } from "#test/fabric/rig_snmpd.ts";
import type { KitPort, SwitchKit } from "#test/fabric/switch_kit.ts";

/** `told`: by who built the network. `learnt`: over SNMP and LLDP. `heard`: by the LLDP frames alone that nodes hear. */
export const ORDERS = ["told", "learnt", "heard"] as const;
export type OrderSource = (typeof ORDERS)[number];

const APPLIANCE = "appliance";
const COMMUNITY = "bench";
const MANAGEMENT = { prefix: "10.88.254", prefixBits: 24 } as const;

export type LearntOrder = {
  readonly order: ChainOrder;
  /** From the start of the scan to the order. */
  readonly seconds: number;
  readonly text: string;
};

/** @throws when a switch does not hear its neighbours, or a node no switch, in time */
export async function learnOrder(network: Network, from: "learnt" | "heard"): Promise<LearntOrder> {
  await using daemons = new SwitchDaemons(network.dir, network.lan, from === "learnt");
  await daemons.start();
  const inventories = await inventoriesOf(network);
  const startMs = performance.now();
  const { fabric } = await scanFrom(Lan.within(APPLIANCE), {
    seeds: from === "learnt" ? daemons.kits.slice(0, 1).map(({ address }) => address) : [],
    prefixes: [
      {
        prefix: subnetOf(`${MANAGEMENT.prefix}.0` as Ipv4, MANAGEMENT.prefixBits),
        credentials: [{ version: "2c", community: COMMUNITY }],
      },
    ],
    endpoints: endpointsOf(inventories),
    heard: heardBy(inventories),
  });
  const order = orderIn(fabric, network.nodes);
  return { order, seconds: (performance.now() - startMs) / 1000, text: describeOrder(order) };
}

const orderIn = (fabric: Fabric, nodes: readonly string[]): ChainOrder =>
  chainOrder(fabric, { appliance: APPLIANCE, nodes });

type Inventories = ReadonlyMap<string, Inventory>;

/** The newest of each node, when all have heard a switch. */
async function inventoriesOf({ appliance, nodes }: Network): Promise<Inventories> {
  const found = new Map<string, Inventory>();
  await Promise.all(
    nodes.map(async (node) => {
      const hasHeard = (report: { node: string; inventory: Inventory }): boolean =>
        report.node === node && report.inventory.lldp.length > 0;
      found.set(node, (await appliance.report("inventory", hasHeard)).inventory);
    }),
  );
  return found;
}

const endpointsOf = (inventories: Inventories): readonly Endpoint[] => [
  {
    name: APPLIANCE,
    macs: linksOf(APPLIANCE).flatMap(({ ifname, address }) => (ifname === "eth0" ? address : [])),
  },
  ...[...inventories].map(([name, { nics }]) => ({ name, macs: nics.map(({ mac }) => mac) })),
];

const heardBy = (inventories: Inventories): readonly HeardHex[] =>
  [...inventories].flatMap(([endpoint, { nics, lldp }]) =>
    lldp.flatMap(({ nic, frame }) => {
      const card = nics.find(({ name }) => name === nic);
      return card ? [{ endpoint, nic, nicMac: card.mac, frame }] : [];
    }),
  );

class SwitchDaemons implements AsyncDisposable {
  readonly kits: readonly SwitchKit[];
  readonly #dir: string;
  readonly #snmpd: ReadonlyMap<string, Daemon>;
  readonly #lldpd: readonly Lldpd[];

  constructor(dir: string, lan: Lan, withSnmp: boolean) {
    this.#dir = join(dir, "switches");
    mkdirSync(this.#dir);
    for (const one of [dir, this.#dir]) chmodSync(one, 0o755); // lldpd goes on as a user of its own
    this.kits = lan.switches.map((name, at) => kitOf(lan, name, `${MANAGEMENT.prefix}.${at + 1}`));
    const place = (name: string) => [join(this.#dir, name), Lan.within(name)] as const;
    this.#snmpd = new Map(
      (withSnmp ? this.kits : []).map((kit) => [kit.name, snmpdOf(kit, ...place(kit.name))]),
    );
    this.#lldpd = this.kits.map((kit) => Lldpd.ofSwitch(kit, ...place(kit.name)));
  }

  /** Resolves when each has heard those next to it. */
  async start(): Promise<void> {
    for (const { name, address } of this.kits) setAddress(name, address);
    for (const daemon of this.#snmpd.values()) daemon.start();
    await Promise.all([...this.#snmpd.keys()].map((name) => isMaster(join(this.#dir, name))));
    for (const daemon of this.#lldpd) daemon.start();
    const wanted = 2 * (this.kits.length - 1);
    await until(`${wanted} ends of links between switches`, async () => {
      const heard = (await Promise.all(this.#lldpd.map((one) => one.neighbours()))).flat();
      return heard.length >= wanted ? undefined : heard.join(", ");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#snmpd.values()].map((daemon) => daemon.stop()));
    await Promise.all(this.#lldpd.map((daemon) => daemon.kill()));
  }
}

function kitOf(lan: Lan, name: string, address: string): SwitchKit {
  const ports = linksOf(name)
    .filter(({ ifname }) => ifname !== "lo" && ifname !== "br0")
    .map(({ ifname, ifindex }, at): KitPort => {
      // Devices of a `Lan` are called after what is plugged in: that is not for the switch to tell.
      return { device: ifname, ifIndex: ifindex, name: `1/0/${at + 1}`, speedMbit: lan.portMbit(ifname) };
    });
  return { name, address, ports, portIds: "local", macTable: "both", community: COMMUNITY };
}

type LinkReport = {
  readonly ifname: string;
  readonly ifindex: number;
  readonly address: Endpoint["macs"][number];
};

const linksOf = (name: string): readonly LinkReport[] =>
  JSON.parse(ip([...Lan.within(name), "ip", "-j", "link", "show"])) as LinkReport[];

const setAddress = (name: string, address: string): string =>
  ip([...Lan.within(name), "ip", "addr", "add", `${address}/16`, "dev", "br0"]);

const ip = (words: readonly string[]): string => execFileSync("ip", words).toString();
