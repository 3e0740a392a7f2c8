/**
 * New machines that boot from the network, so many a second: `node latency_client.ts INTERFACE RATE SECONDS`.
 * Prints `{"exchanges", "lost", "offerMs": {p50, p99, max}, "ackMs": {…}}`.
 */
import { setTimeout as pause } from "node:timers/promises";
import { decodeDhcp, encodeDhcp } from "#src/dhcp/packet.ts";
import { UdpSocket } from "#src/net/udp_socket.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type ClientSays, clientPacket, PXE_BIOS } from "#test/dhcp/packets.ts";

const [name = "", rate = "100", seconds = "30"] = process.argv.slice(2);
const EVERYBODY = { address: "255.255.255.255" as Ipv4, port: 67 };
const asked = new Map<
  number,
  { readonly atMs: number; readonly mac: string; readonly kind: "offer" | "ack" }
>();
const found = { offer: [] as number[], ack: [] as number[] };

const onFault = (fault: unknown): never => {
  throw fault;
};
await using socket = await UdpSocket.open({ interface: name, port: 68, onDatagram, onFault });
const clients = Number(rate) * Number(seconds);
const startedAtMs = performance.now();
for (let index = 0; index < clients; index++) {
  const dueMs = startedAtMs + (index * 1000) / Number(rate);
  const leftMs = dueMs - performance.now();
  if (leftMs > 1) await pause(leftMs);
  const [high, low] = [Math.floor(index / 256), index % 256].map((byte) =>
    byte.toString(16).padStart(2, "0"),
  );
  say({ message: "discover", mac: `52:54:00:00:${high}:${low}`, options: PXE_BIOS }, index * 2);
}
await pause(2000);
const lost = clients - found.ack.length;
process.stdout.write(
  `${JSON.stringify({ exchanges: found.ack.length, lost, offerMs: spread(found.offer), ackMs: spread(found.ack) })}\n`,
);

function say(says: ClientSays & { readonly mac: string }, xid: number): void {
  const kind = says.message === "discover" ? "offer" : "ack";
  asked.set(xid, { atMs: performance.now(), mac: says.mac, kind });
  socket.send(encodeDhcp({ ...clientPacket({ ...says, broadcast: true }), xid }), EVERYBODY);
}

function onDatagram({ bytes }: { readonly bytes: Uint8Array }): void {
  const packet = decodeDhcp(bytes);
  if (!packet.ok) return;
  const { xid, yiaddr, options } = packet.value;
  const question = asked.get(xid);
  if (!question) return;
  asked.delete(xid);
  found[question.kind].push(performance.now() - question.atMs);
  if (question.kind === "ack") return;
  const server = options.get(54)?.join(".") ?? "";
  const answer = {
    message: "request",
    mac: question.mac,
    requested: yiaddr,
    server,
    options: PXE_BIOS,
  } as const;
  say(answer, xid + 1);
}

function spread(values: readonly number[]) {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (part: number): number =>
    Number((sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(2));
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
