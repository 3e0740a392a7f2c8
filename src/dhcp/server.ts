/**
 * The authoritative DHCP server of one interface: bytes in, facts, decision, record, reply.
 *
 * Decides nothing itself (`offer.ts`, `replies.ts`) and keeps no truth of its own: the lease
 * table is hot, the LeaseStore durable, and no ACK leaves before the store has its lease.
 */
import type { RecordEvent } from "#src/events/event.ts";
import type { NetworkInterface } from "#src/net/interface.ts";
import { type Datagram, UdpSocket } from "#src/net/udp_socket.ts";
import type { Node } from "#src/nodes/node.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { TokenBucket } from "#src/value/token_bucket.ts";
import { type DhcpFacts, type NetworkBoot, readFacts } from "./facts.ts";
import { ForeignServers } from "./foreign_servers.ts";
import { LeaseKeeper } from "./lease_keeper.ts";
import type { LeaseStore } from "./lease_store.ts";
import type { AddressPool } from "./leases.ts";
import { type DhcpDecision, decideDhcp } from "./offer.ts";
import { CLIENT_PORT, readForeignServer } from "./other_server_probe.ts";
import { type DhcpPacket, decodeDhcp } from "./packet.ts";
import { type BootAnswer, encodeReply, type ReplyPlan, replyDestination } from "./replies.ts";

/** The questions that the server asks about machines. */
export type DhcpNodes = {
  readonly byMac: (mac: Mac) => Node | undefined;
  /** The node that the operator fixed this address for. */
  readonly byAddress: (address: Ipv4) => Node | undefined;
  /** A BMC is there, which has its address from elsewhere: no machine gets it from the pool. */
  readonly isBmcAddress: (address: Ipv4) => boolean;
  /** How many registered nodes take their address from the pool; as many are kept from unknown machines. */
  readonly withoutAddress: () => number;
};

export type DhcpServerOptions = {
  readonly interface: Pick<NetworkInterface, "name" | "address" | "subnet">;
  readonly pool: AddressPool;
  /** Default gateway to hand out; none unless the operator named one. */
  readonly router?: Ipv4 | undefined;
  readonly nodes: DhcpNodes;
  readonly leases: LeaseStore;
  readonly chooseBoot: (client: NetworkBoot) => BootAnswer;
  /** A machine that boots from the network has an address now; registers it when nobody knows it. Its node, if it has one. */
  readonly discover: (client: NetworkBoot) => Node | undefined;
  readonly record: RecordEvent;
  /** Wall clock. Only for what is stored: time limits run on a clock that nobody sets. */
  readonly nowMs: () => number;
  /** Bugs and what the socket reported. The server keeps running. */
  readonly onFault: (fault: unknown) => void;
  readonly leaseSec?: number;
};

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
const REPORTS = { perSec: 2, burst: 20 };

export class DhcpServer implements AsyncDisposable {
  readonly #options: DhcpServerOptions;
  readonly #leases: LeaseKeeper;
  readonly #reports = new TokenBucket(REPORTS);
  readonly #foreign = new ForeignServers();
  readonly #sockets: UdpSocket[] = [];
  readonly #sweeper: NodeJS.Timeout;
  #pending = 0;

  private constructor(options: DhcpServerOptions) {
    this.#options = options;
    this.#leases = new LeaseKeeper(options);
    this.#sweeper = setInterval(() => this.#leases.sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  /**
   * Reads the stored leases, binds port 67 and starts to answer.
   *
   * @throws StartError when the port is taken or the interface is gone.
   * @throws RangeError when the pool is empty or too large.
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
    await server.#overhear();
    return server;
  }

  /** The address that the machine holds now: scripts with secrets go only there. */
  addressOf(mac: Mac): Ipv4 | undefined {
    return this.#leases.addressOf(mac);
  }

  /** The machine that holds the address now. */
  macOf(address: Ipv4): Mac | undefined {
    return this.#leases.macOf(address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all(this.#sockets.map((socket) => socket[Symbol.asyncDispose]()));
  }

  /** Listens to what other servers broadcast to clients. Does without when a DHCP client of this host has the port. */
  async #overhear(): Promise<void> {
    const { interface: own, onFault } = this.#options;
    const onDatagram = ({ bytes }: Datagram): void => {
      const foreign = readForeignServer(bytes, own.address);
      if (foreign) this.#noticeServer(foreign.server, foreign.offered);
    };
    const socket = await UdpSocket.open({
      interface: own.name,
      port: CLIENT_PORT,
      onDatagram,
      onFault,
    }).catch(() => undefined);
    if (socket) this.#sockets.push(socket);
  }

  async #receive({ bytes, peer }: Datagram): Promise<void> {
    const packet = decodeDhcp(bytes);
    if (!packet.ok) return this.#reject(peer.address, `${packet.error.field}: ${packet.error.detail}`);
    if (packet.value.op !== "request") return;
    const facts = readFacts(packet.value);
    if (!facts.ok) return this.#reject(peer.address, `${facts.error.field}: ${facts.error.detail}`);
    const { nodes, interface: own } = this.#options;
    const node = nodes.byMac(facts.value.mac);
    const decision = decideDhcp(facts.value, {
      server: own.address,
      subnet: own.subnet,
      ...this.#leases.view(),
      isKnown: node?.status === "registered",
      reserved: node?.address,
      isReservedForOther: (address) => nodes.isBmcAddress(address) || isOther(nodes.byAddress(address), node),
      expectedNodes: nodes.withoutAddress(),
    });
    await this.#carryOut({ packet: packet.value, facts: facts.value, node }, decision);
  }

  async #carryOut(request: Request, decision: DhcpDecision): Promise<void> {
    const { facts, node } = request;
    switch (decision.kind) {
      case "offer":
        this.#leases.offer(facts.mac, decision.address, node);
        return this.#reply(request, {
          message: "offer",
          address: decision.address,
          leaseSec: this.#leaseSec(node),
        });
      case "ack":
        return this.#grant(request, decision.address);
      case "inform":
        return this.#reply(request, { message: "ack", address: undefined, leaseSec: 0 });
      case "nak":
        this.#report({ kind: "leaseRefused", mac: facts.mac, because: decision.because });
        return this.#reply(request, {
          message: "nak",
          address: undefined,
          leaseSec: 0,
          because: decision.because,
        });
      case "setAside":
        if (this.#leases.setAside(facts.mac, decision.address)) {
          this.#report({ kind: "addressDeclined", mac: facts.mac, address: decision.address });
        }
        return;
      case "release":
        return this.#leases.release(decision.address);
      case "silence":
        return this.#beSilent(facts, decision.because);
    }
  }

  async #grant(request: Request, address: Ipv4): Promise<void> {
    const { facts } = request;
    if (this.#pending >= MAX_PENDING) return;
    this.#pending++;
    try {
      const isNew = this.addressOf(facts.mac) !== address;
      const granted = await this.#leases.bind(facts, {
        address,
        node: request.node,
        leaseSec: this.#leaseSec(request.node),
      });
      const leaseSec = granted.stored ? granted.leaseSec : Math.min(granted.leaseSec, UNSTORED_LEASE_SEC);
      // Registered now and not at DISCOVER: made-up MACs are cheap, leases are as many as the pool has.
      const node = facts.boot ? this.#options.discover(facts.boot) : request.node;
      if (isNew)
        this.#options.record({ kind: "leaseGiven", mac: facts.mac, address, node: node?.name ?? "unknown" });
      this.#reply({ ...request, node }, { message: "ack", address, leaseSec });
    } finally {
      this.#pending--;
    }
  }

  #reply(request: Request, part: Pick<ReplyPlan, "message" | "address" | "leaseSec" | "because">): void {
    const { packet, facts, node } = request;
    const { interface: own, router, chooseBoot } = this.#options;
    const boot = part.message === "nak" || !facts.boot ? undefined : chooseBoot(facts.boot);
    const plan: ReplyPlan = {
      ...part,
      settings: { server: own.address, subnet: own.subnet, router },
      boot,
      hostName: node?.name,
    };
    if (part.message === "ack" && facts.boot && boot?.kind === "loader") {
      const firmware = `${facts.boot.program}, architecture ${facts.boot.archCode ?? "unknown"}`;
      this.#options.record({ kind: "loaderOffered", mac: facts.mac, file: boot.file, firmware });
    }
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

  #beSilent(facts: DhcpFacts, because: Extract<DhcpDecision, { kind: "silence" }>["because"]): void {
    if (because === "otherServer") {
      this.#leases.withdrawOffer(facts.mac);
      if (facts.serverId) this.#noticeServer(facts.serverId, facts.requestedAddress ?? ("0.0.0.0" as Ipv4));
    }
    if (because === "poolExhausted") {
      this.#report({
        kind: "leaseRefused",
        mac: facts.mac,
        because: "no address of the pool is free for it",
      });
    }
    if (because === "foreignRelay") {
      this.#report({
        kind: "leaseRefused",
        mac: facts.mac,
        because: `it came through relay ${facts.giaddr}, whose network is not served here`,
      });
    }
  }

  #leaseSec(node: Node | undefined): number {
    return node?.status === "registered" ? (this.#options.leaseSec ?? KNOWN_LEASE_SEC) : UNKNOWN_LEASE_SEC;
  }

  #noticeServer(server: Ipv4, offered: Ipv4): void {
    if (this.#foreign.notice(server, performance.now())) {
      this.#options.record({ kind: "foreignDhcpServer", server, offered });
    }
  }

  #reject(peer: string, problem: string): void {
    this.#report({ kind: "packetRejected", protocol: "dhcp", peer, problem });
  }

  /** For events that a stranger can cause as often as he likes. */
  #report(event: Parameters<RecordEvent>[0]): void {
    if (this.#reports.take(performance.now())) this.#options.record(event);
  }
}

type Request = { readonly packet: DhcpPacket; readonly facts: DhcpFacts; readonly node: Node | undefined };

const isOther = (owner: Node | undefined, node: Node | undefined): boolean =>
  owner !== undefined && owner.name !== node?.name;
