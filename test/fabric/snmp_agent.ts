/** An SNMPv2c agent for tests: serves a list of rows, or whatever a test makes of the reply. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { BerReader } from "#src/fabric/ber_reader.ts";
import { compareOids } from "#src/fabric/oid_order.ts";
import type { Varbind } from "#src/fabric/snmp_value.ts";
import { END_OF_MIB_VIEW, objectId, response, sequence, varbind } from "./ber.ts";

export type AgentRequest = {
  readonly community: string;
  readonly requestId: number;
  readonly oids: readonly string[];
  readonly repetitions: number;
};

/** What goes back; several datagrams, or none. */
export type Answer = (request: AgentRequest) => readonly Uint8Array[];

export type Agent = AsyncDisposable & { readonly port: number; readonly requests: AgentRequest[] };

export async function startAgent(answer: Answer, { address = "127.0.0.1", port = 0 } = {}): Promise<Agent> {
  const socket = createSocket("udp4");
  const requests: AgentRequest[] = [];
  socket.on("message", (bytes, from) => {
    const request = readRequest(bytes);
    requests.push(request);
    for (const datagram of answer(request)) send(socket, datagram, from);
  });
  socket.bind(port, address);
  await once(socket, "listening");
  return {
    port: socket.address().port,
    requests,
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
}

const send = (socket: Socket, bytes: Uint8Array, { port, address }: RemoteInfo): void =>
  socket.send(bytes, port, address);

/** GetBulk of version 2c, as our own client sends it. */
export function readRequest(bytes: Uint8Array): AgentRequest {
  const reader = new BerReader(bytes);
  const message = reader.enter(reader.next("message", 0x30));
  message.integer("version");
  const community = Buffer.from(message.next("community", 4).content).toString();
  const pdu = message.enter(message.next("PDU", 0xa5));
  const requestId = pdu.integer("request id");
  pdu.integer("non-repeaters");
  const repetitions = pdu.integer("max repetitions");
  const list = pdu.enter(pdu.next("varbinds", 0x30));
  const oids: string[] = [];
  while (list.leftBytes > 0) {
    const asked = list.enter(list.next("varbind", 0x30));
    oids.push(oidOf(asked.next("name", 6).content));
  }
  const request = reader.finish({ community, requestId, repetitions, oids });
  if (!request.ok) throw new Error(`The client sent what is no request: ${request.error.detail}`);
  return request.value;
}

function oidOf(content: Uint8Array): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of content) {
    number = number * 0x80 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    numbers.push(number);
    number = 0;
  }
  const [first = 0, ...rest] = numbers;
  return [
    Math.min(2, Math.floor(first / 40)),
    first - Math.min(2, Math.floor(first / 40)) * 40,
    ...rest,
  ].join(".");
}

/** Of rows in the order of their OIDs: where the first one behind `oid` is. */
export function firstBehind(rows: readonly { readonly oid: string }[], oid: string): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareOids(rows[middle]?.oid ?? "", oid) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An honest agent. */
export function serve(rows: readonly Varbind[], { mostCells = 1000 } = {}): Answer {
  const encoded = rows.map(varbind);
  return (request) => {
    const starts = request.oids.map((oid) => firstBehind(rows, oid));
    const varbinds: Uint8Array[] = [];
    for (let row = 0; row < request.repetitions && varbinds.length < mostCells; row++)
      for (const [column, start] of starts.entries())
        varbinds.push(encoded[start + row] ?? endAfter(request.oids[column] ?? ""));
    return [response({ ...request, varbinds: varbinds.slice(0, mostCells) })];
  };
}

const endAfter = (oid: string): Buffer => sequence(objectId(oid), END_OF_MIB_VIEW);
