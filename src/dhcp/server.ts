/**
 * The authoritative DHCP server of one interface and of the subnets whose relays reach it there: bytes in, facts, decision, record, reply.
 *
 * Decides nothing itself (`offer.ts`, `replies.ts`) and keeps no truth of its own: the lease
 * table is hot, the LeaseStore durable, and no ACK leaves before the store has its lease.
 */
import { type Datagram, UdpSocket } from "#src/net/udp_socket.ts";
import type { Node } from "#src/nodes/node.ts";
import { type Ipv4, inSubnet } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { AddressProbe } from "./address_probe.ts";
import { type DhcpFacts, readFacts } from "./facts.ts";
import { LeaseKeeper } from "./lease_keeper.ts";
import type { PoolUse } from "./leases.ts";
import { LookAround } from "./look_around.ts";
import { type DhcpDecision, decideDhcp, type SilenceReason } from "./offer.ts";
import type { FoundHolder } from "./offer_probes.ts";
import { CLIENT_PORT } from "./other_server_probe.ts";
import { type DhcpPacket, decodeDhcp } from "./packet.ts";
import { encodeReply, type ReplyPlan, replyDestination } from "./replies.ts";
import type { DhcpServerOptions } from "./server_options.ts";
import { ServerReports } from "./server_reports.ts";
import { type ServedSubnet, subnetOfClient } from "./subnets.ts";

/** A subnet with who holds its addresses. */
type Subnet = { readonly settings: ServedSubnet; readonly leases: LeaseKeeper };

const SERVER_PORT = 67;
const EVERYBODY = "255.255.255.255" as Ipv4;
/** Long enough for running nodes to outlive a weekend without their appliance. */
const KNOWN_LEASE_SEC = 86_400;
/** Machines that nobody registered pass through. */
const UNKNOWN_LEASE_SEC = 900;
/** When the store cannot take a lease (disk full), nodes get one that is soon asked for again. */
const UNSTORED_LEASE_SEC = 300;
const SWEEP_MS = 5000;
/** REQUESTs whose lease is being written. More are dropped; clients ask again. */
const MAX_PENDING = 4096;

export class DhcpServer implements AsyncDisposable {
  readonly #options: DhcpServerOptions;
  readonly #subnets: readonly Subnet[];
  readonly #reports: ServerReports;
  readonly #around: LookAround;
  readonly #probe: AddressProbe;
  readonly #sockets: UdpSocket[] = [];
  readonly #sweeper: NodeJS.Timeout;
  #pending = 0;

  private constructor(options: DhcpServerOptions) {
    this.#options = options;
    this.#reports = new ServerReports(options);
    this.#around = new LookAround({
      ...{ interface: options.interface, onFault: options.onFault, everyMs: options.lookAroundMs },
      onServer: ({ server, offered }) => this.#reports.noticeServer(server, offered),
    });
    this.#probe = new AddressProbe(options.interface, (found) => this.#noticeHolder(found));
    this.#subnets = options.subnets.map((settings) => ({
      settings,
      leases: new LeaseKeeper({ ...options, subnet: settings }),
    }));
    this.#sweeper = setInterval(() => {
      for (const { leases } of this.#subnets) leases.sweep();
    }, SWEEP_MS);
    this.#sweeper.unref();
  }

  /**
   * Reads the stored leases, binds port 67 and starts to answer.
   *
   * @throws StartError when the port is taken or the interface is gone.
   * @throws RangeError when a pool is empty or too large.
   */
  static async listen(options: DhcpServerOptions): Promise<DhcpServer> {
    const server = new DhcpServer(options);
    const { onFault } = options;
    try {
      server.#sockets.push(
        await UdpSocket.open({
          interface: options.interface.name,
          port: SERVER_PORT,
          onDatagram: (datagram) => server.#receive(datagram).catch(onFault),
          onFault,
        }),
      );
    } catch (fault) {
      await server[Symbol.asyncDispose]();
      throw fault;
    }
    await server.#around.start();
    return server;
  }

  /** How full the pools of each subnet are. */
  pools(): readonly PoolUse[] {
    return this.#subnets.flatMap(({ leases }) => leases.view().table.uses());
  }

  /** The address that the machine holds now: scripts with secrets go only there. */
  addressOf(mac: Mac): Ipv4 | undefined {
    return firstOf(this.#subnets, ({ leases }) => leases.addressOf(mac));
  }

  holds(mac: Mac, address: Ipv4): boolean {
    return this.addressOf(mac) === address;
  }

  /** A lease is ours to know. */
  proves(mac: Mac, address: Ipv4): boolean {
    return this.holds(mac, address);
  }

  /** The machine that holds the address now. */
  macOf(address: Ipv4): Mac | undefined {
    return firstOf(this.#subnets, ({ leases }) => leases.macOf(address));
  }

  /** The machine has an address on another interface now. */
  forget(mac: Mac): void {
    for (const { leases } of this.#subnets) leases.forget(mac);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all([this.#around, ...this.#sockets].map((one) => one[Symbol.asyncDispose]()));
    // Last: a request that is still read may ask it, and its descriptor's number may be somebody else's by then.
    this.#probe[Symbol.dispose]();
  }

  async #receive({ bytes, peer }: Datagram): Promise<void> {
    const packet = decodeDhcp(bytes);
    if (!packet.ok) return this.#reports.reject(peer.address, packet.error);
    if (packet.value.op !== "request") return;
    const read = readFacts(packet.value);
    if (!read.ok) return this.#reports.reject(peer.address, read.error);
    const facts = read.value;
    if (facts.mac === this.#around.mac) return;
    this.#reports.asked(packet.value, facts);
    const settings = subnetOfClient(facts, this.#options.subnets);
    const subnet = this.#subnets.find((one) => one.settings === settings);
    if (!subnet) return this.#reports.refuseRelay(facts);
    const node = this.#options.nodes.byMac(facts.mac);
    // Who answered for the address since it was offered is known before it is given.
    if (facts.message === "request") this.#probe.look();
    await this.#carryOut({ packet: packet.value, facts, node, subnet }, this.#decide(facts, subnet, node));
  }

  #decide(facts: DhcpFacts, { settings, leases }: Subnet, node: Node | undefined): DhcpDecision {
    const { nodes } = this.#options;
    return decideDhcp(facts, {
      ...{ server: settings.server, subnet: settings.subnet, ...leases.view() },
      isKnown: node?.status === "registered",
      reserved: node?.address && inSubnet(node.address, settings.subnet) ? node.address : undefined,
      isReservedForOther: (address) => nodes.isBmcAddress(address) || isOther(nodes.byAddress(address), node),
      expectedNodes: nodes.withoutAddress() - this.#knownElsewhere(leases),
    });
  }

  /** Registered nodes that have an address of another subnet need none of this one. */
  #knownElsewhere(here: LeaseKeeper): number {
    return this.#subnets
      .filter(({ leases }) => leases !== here)
      .reduce((sum, { leases }) => sum + leases.view().table.heldByKnown, 0);
  }

  async #carryOut(request: Request, decision: DhcpDecision): Promise<void> {
    const { facts, subnet } = request;
    const { leases } = subnet;
    switch (decision.kind) {
      case "offer":
        return this.#offer(request, decision.address);
      case "ack":
        return this.#grant(request, decision.address);
      case "inform":
        return this.#reply(request, { message: "ack", address: undefined, leaseSec: 0 });
      case "nak":
        this.#reports.refuse(facts, decision.because);
        return this.#reply(request, {
          message: "nak",
          address: undefined,
          leaseSec: 0,
          because: decision.because,
        });
      case "setAside":
        if (leases.setAside(facts.mac, decision.address)) {
          this.#reports.report({ kind: "addressDeclined", mac: facts.mac, address: decision.address });
        }
        return;
      case "release":
        return leases.release(decision.address);
      case "silence":
        return this.#beSilent(request, decision.because);
    }
  }

  #offer(request: Request, address: Ipv4): void {
    const { facts, node, subnet } = request;
    subnet.leases.offer(facts.mac, address, node);
    this.#reply(request, { message: "offer", address, leaseSec: leaseSecOf(subnet, node) });
    // Behind the offer, which it must not delay; a relay's wire is out of its reach.
    if (!facts.giaddr) this.#probe.ask(facts.mac, address);
  }

  #noticeHolder({ mac, address, holder }: FoundHolder): void {
    const setAside = this.#subnets.some(({ leases }) => leases.setOfferAside(mac, address));
    this.#reports.report({ kind: "addressInUse", mac, address, holder, setAside });
  }

  async #grant(request: Request, address: Ipv4): Promise<void> {
    const { facts, subnet } = request;
    if (this.#pending >= MAX_PENDING) return;
    this.#pending++;
    try {
      const isNew = this.addressOf(facts.mac) !== address;
      const leaseSecAsked = leaseSecOf(subnet, request.node);
      const { leases } = subnet;
      const granted = await leases.bind(facts, { address, node: request.node, leaseSec: leaseSecAsked });
      if (isNew) this.#leaveElsewhere(facts.mac, subnet);
      const leaseSec = granted.stored ? granted.leaseSec : Math.min(granted.leaseSec, UNSTORED_LEASE_SEC);
      // Registered now and not at DISCOVER: made-up MACs are cheap, leases are as many as the pool has.
      const node = facts.boot ? this.#options.discover(facts.boot, facts.uuid) : request.node;
      if (isNew)
        this.#options.record({ kind: "leaseGiven", mac: facts.mac, address, node: node?.name ?? "unknown" });
      this.#reply({ ...request, node }, { message: "ack", address, leaseSec });
    } finally {
      this.#pending--;
    }
  }

  /** One lease a machine: moved to another subnet, it has left the first. */
  #leaveElsewhere(mac: Mac, here: Subnet): void {
    for (const other of this.#subnets) if (other !== here) other.leases.forget(mac);
    this.#options.moved?.(mac);
  }

  #reply(request: Request, part: Pick<ReplyPlan, "message" | "address" | "leaseSec" | "because">): void {
    const { packet, facts, node } = request;
    const { settings } = request.subnet;
    const { chooseBoot, nodes } = this.#options;
    const boot = part.message === "nak" || !facts.boot ? undefined : chooseBoot(facts.boot, settings.server);
    const plan: ReplyPlan = {
      ...part,
      settings,
      boot,
      options: [...(settings.options ?? []), ...((node && nodes.optionsOf?.(node)) ?? [])],
      hostName: node?.name,
    };
    if (part.message === "ack" && facts.boot && boot?.kind === "loader") {
      const firmware = `${facts.boot.program}, architecture ${facts.boot.archCode ?? "unknown"}`;
      this.#options.record({ kind: "loaderOffered", mac: facts.mac, file: boot.file, firmware });
    }
    this.#reports.answered(facts, plan);
    this.#send(encodeReply(packet, facts, plan), facts, plan);
  }

  #send(bytes: Uint8Array, facts: DhcpFacts, plan: ReplyPlan): void {
    const socket = this.#sockets[0];
    if (!socket) return;
    const to = replyDestination(facts, plan);
    const port = to.kind === "relay" ? SERVER_PORT : CLIENT_PORT;
    const address = to.kind === "broadcast" ? EVERYBODY : to.address;
    if (to.kind === "hardware") socket.sendToHardware(bytes, { address, port }, to.mac);
    else socket.send(bytes, { address, port });
  }

  #beSilent({ facts, subnet }: Request, because: SilenceReason): void {
    if (because === "otherServer") {
      subnet.leases.withdrawOffer(facts.mac);
      this.#reports.choseOther(facts);
    }
    if (because === "poolExhausted") this.#reports.refuse(facts, "no address of the pool is free for it");
  }
}

type Request = {
  readonly packet: DhcpPacket;
  readonly facts: DhcpFacts;
  readonly node: Node | undefined;
  readonly subnet: Subnet;
};

const leaseSecOf = ({ settings }: Subnet, node: Node | undefined): number =>
  node?.status === "registered" ? (settings.leaseSec ?? KNOWN_LEASE_SEC) : UNKNOWN_LEASE_SEC;

function firstOf<T, R>(list: readonly T[], look: (one: T) => R | undefined): R | undefined {
  for (const one of list) {
    const found = look(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isOther = (owner: Node | undefined, node: Node | undefined): boolean =>
  owner !== undefined && owner.name !== node?.name;
