/**
 * Listens to what other DHCP servers say to clients, and asks for them now and then: one that is plugged in
 * later may answer by unicast only.
 */
import type { NetworkInterface } from "#src/net/interface.ts";
import { type Datagram, UdpSocket } from "#src/net/udp_socket.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import {
  CLIENT_PORT,
  type ForeignServer,
  madeUpMac,
  probePackets,
  readForeignServer,
} from "./other_server_probe.ts";

export type LookAroundOptions = {
  readonly interface: Pick<NetworkInterface, "name" | "address">;
  readonly onServer: (found: ForeignServer) => void;
  readonly onFault: (fault: unknown) => void;
  readonly everyMs?: number | undefined;
};

const SERVER_PORT = 67;
const EVERYBODY = "255.255.255.255" as Ipv4;
const EVERY_MS = 60_000;

export class LookAround implements AsyncDisposable {
  /** The machine that asks. The kernel hands our own broadcasts to our own server, which must not answer it. */
  readonly mac = madeUpMac();
  readonly #options: LookAroundOptions;
  #socket: UdpSocket | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LookAroundOptions) {
    this.#options = options;
  }

  /** Does without when a DHCP client of this host has the port. */
  async start(): Promise<void> {
    const { interface: own, onServer, onFault, everyMs = EVERY_MS } = this.#options;
    const onDatagram = ({ bytes }: Datagram): void => {
      const foreign = readForeignServer(bytes, own.address);
      if (foreign) onServer(foreign);
    };
    this.#socket = await UdpSocket.open({
      ...{ interface: own.name, port: CLIENT_PORT, onDatagram, onFault },
    }).catch(() => undefined);
    this.#timer = setInterval(() => this.#ask(), everyMs);
    this.#timer.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#socket?.[Symbol.asyncDispose]();
  }

  #ask(): void {
    for (const bytes of probePackets(this.#options.interface.address, this.mac))
      this.#socket?.send(bytes, { address: EVERYBODY, port: SERVER_PORT });
  }
}
