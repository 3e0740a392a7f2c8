/**
 * The DHCP server of an interface where another one gives the addresses: answers network boots on 67 and
 * 4011, and listens to which address machines take. It never gives an address and never refuses one.
 */
import type { RecordEvent } from "#src/events/event.ts";
import type { Observe } from "#src/events/observation.ts";
import type { NetworkInterface } from "#src/net/interface.ts";
import { macOfNeighbour } from "#src/net/neighbours.ts";
import { type Datagram, type Endpoint, UdpSocket } from "#src/net/udp_socket.ts";
import { type Ipv4, inSubnet } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { TokenBucket } from "#src/value/token_bucket.ts";
import { type NetworkBoot, readFacts } from "./facts.ts";
import { OverheardAddresses } from "./overheard.ts";
import { decodeDhcp } from "./packet.ts";
import { BINL_PORT, claimedAddress, isForProxy, namesFile, type ProxyRequest, proxyReply } from "./proxy.ts";
import type { BootAnswer } from "./replies.ts";
import { ServerReports } from "./server_reports.ts";

export type ProxyServerOptions = {
  readonly interface: Pick<NetworkInterface, "name" | "address" | "subnet">;
  readonly chooseBoot: (client: NetworkBoot, server: Ipv4) => BootAnswer;
  /** A machine that boots from the network takes an address; registers it when nobody knows it. */
  readonly discover: (client: NetworkBoot, uuid: string | undefined) => unknown;
  readonly record: RecordEvent;
  readonly observe?: Observe;
  readonly onFault: (fault: unknown) => void;
  /** The MAC behind an address of the interface's subnet, as the kernel knows it. */
  readonly neighbour?: (address: Ipv4) => Mac | undefined;
};

const SERVER_PORT = 67;
const CLIENT_PORT = 68;
const EVERYBODY = "255.255.255.255" as Ipv4;
/** Made-up machines that boot: nobody has to ask another server before he is believed. */
const DISCOVERIES = { perSec: 20, burst: 4096 };

export class ProxyServer implements AsyncDisposable {
  readonly #options: ProxyServerOptions;
  readonly #reports: ServerReports;
  readonly #overheard = new OverheardAddresses();
  readonly #discoveries = new TokenBucket(DISCOVERIES);
  readonly #sockets: UdpSocket[] = [];

  private constructor(options: ProxyServerOptions) {
    this.#options = options;
    this.#reports = new ServerReports(options);
  }

  /** Binds ports 67 and 4011 and starts to answer. @throws StartError when one is taken or the interface is gone. */
  static async listen(options: ProxyServerOptions): Promise<ProxyServer> {
    const server = new ProxyServer(options);
    try {
      for (const port of [SERVER_PORT, BINL_PORT] as const) await server.#open(port);
    } catch (fault) {
      await server[Symbol.asyncDispose]();
      throw fault;
    }
    return server;
  }

  /** The address that the machine said it takes. */
  addressOf(mac: Mac): Ipv4 | undefined {
    return this.#overheard.of(mac, performance.now());
  }

  /**
   * Whether the machine is the one at the address: on our own wire as the kernel's neighbour table says,
   * behind a router as the machine itself said.
   */
  holds(mac: Mac, address: Ipv4): boolean {
    const { subnet } = this.#options.interface;
    return inSubnet(address, subnet) ? this.proves(mac, address) : this.addressOf(mac) === address;
  }

  /** Only the kernel's neighbour table proves it: anybody on the wire can say that a machine takes an address. */
  proves(mac: Mac, address: Ipv4): boolean {
    const { interface: own, neighbour = (at) => macOfNeighbour(at, own.name) } = this.#options;
    return inSubnet(address, own.subnet) && neighbour(address) === mac;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket[Symbol.asyncDispose]()));
  }

  async #open(port: ProxyRequest["port"]): Promise<void> {
    const { interface: own, onFault } = this.#options;
    const socket = await UdpSocket.open({
      ...{ interface: own.name, port, onFault },
      onDatagram: (datagram) => this.#receive(datagram, port, socket),
    });
    this.#sockets.push(socket);
  }

  #receive({ bytes, peer }: Datagram, port: ProxyRequest["port"], socket: UdpSocket): void {
    const packet = decodeDhcp(bytes);
    const facts = packet.ok && packet.value.op === "request" ? readFacts(packet.value) : undefined;
    if (!packet.ok) this.#reports.reject(peer.address, packet.error);
    if (facts?.ok === false) this.#reports.reject(peer.address, facts.error);
    if (!packet.ok || !facts?.ok) return;
    const request: ProxyRequest = { packet: packet.value, facts: facts.value, port };
    this.#listenTo(request);
    this.#answer(request, (reply) => socket.send(reply, replyEndpoint(request, peer)));
  }

  #listenTo({ packet, facts }: ProxyRequest): void {
    const nowMs = performance.now();
    this.#reports.asked(packet, facts);
    const address = claimedAddress(facts);
    if (!address) return;
    this.#overheard.note(facts.mac, address, nowMs);
    this.#reports.tookAddress(facts, address);
    if (facts.boot && this.#discoveries.take(nowMs)) this.#options.discover(facts.boot, facts.uuid);
  }

  #answer(request: ProxyRequest, send: (reply: Uint8Array) => void): void {
    const { interface: own, chooseBoot, record } = this.#options;
    const { boot: client, mac } = request.facts;
    // What is asked for is remembered, so the table is asked only for those who get an answer.
    if (!client || !isForProxy(request)) return;
    const boot = chooseBoot(client, own.address);
    const reply = proxyReply(request, { server: own.address, boot });
    if (!reply) return;
    send(reply);
    if (boot.kind === "loader" && namesFile(request)) {
      const firmware = `${client.program}, architecture ${client.archCode ?? "unknown"}`;
      record({ kind: "loaderOffered", mac, file: boot.file, firmware });
    }
  }
}

/** To who asked on 4011; to the address of who has one; else by its relay; else to everybody, for there is no address to send to yet. */
function replyEndpoint({ facts, port }: ProxyRequest, peer: Endpoint): Endpoint {
  if (port === BINL_PORT) return peer;
  if (facts.message === "inform" && facts.ciaddr) return { address: facts.ciaddr, port: CLIENT_PORT };
  if (facts.giaddr) return { address: facts.giaddr, port: SERVER_PORT };
  return { address: EVERYBODY, port: CLIENT_PORT };
}
