/**
 * Sends DHCP packets as they are from a namespace and prints what comes back, for tests. Reads its
 * settings from standard input: `{"interface": "eth0", "send": [HEX…], "replies": 1, "limitMs": 1000}`.
 */
import { text } from "node:stream/consumers";
import { UdpSocket } from "#src/net/udp_socket.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";

export type RawClientSettings = {
  readonly interface: string;
  /** Payloads in hex. */
  readonly send: readonly string[];
  /** Ends when so many replies came … */
  readonly replies: number;
  /** … or after this. */
  readonly limitMs: number;
  readonly fromPort?: number;
  readonly toPort?: number;
};

const BOOTREPLY = 2;

async function converse(settings: RawClientSettings): Promise<readonly string[]> {
  const { interface: name, send, replies, limitMs, fromPort = 68, toPort = 67 } = settings;
  const heard: string[] = [];
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  await using socket = await UdpSocket.open({
    interface: name,
    port: fromPort,
    onDatagram: ({ bytes, peer }) => {
      // As a relay it hears the questions of others too, the server's own look around among them.
      if (peer.port !== toPort || bytes[0] !== BOOTREPLY) return;
      heard.push(Buffer.from(bytes).toString("hex"));
      if (heard.length >= replies) resolve();
    },
    onFault: () => {},
  });
  for (const hex of send)
    socket.send(Buffer.from(hex, "hex"), { address: "255.255.255.255" as Ipv4, port: toPort });
  process.stderr.write("listening\n");
  const timer = setTimeout(resolve, limitMs);
  await enough;
  clearTimeout(timer);
  return heard;
}

process.stdout.write(JSON.stringify(await converse(JSON.parse(await text(process.stdin)))));
