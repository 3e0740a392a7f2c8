/** Agents that answer bytes with bytes, and what they have to know of a request. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { BerReader } from "#src/fabric/ber_reader.ts";

export type RawAgent = AsyncDisposable & { readonly port: number };

/** @param answer what goes back at once; `reply` sends later */
export async function rawAgent(
  answer: (bytes: Uint8Array, reply: (bytes: Uint8Array) => void) => readonly Uint8Array[],
): Promise<RawAgent> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  let isOpen = true;
  socket.once("close", () => {
    isOpen = false;
  });
  socket.on("message", (bytes, { port, address }) => {
    const reply = (back: Uint8Array): void => {
      if (isOpen) socket.send(back, port, address);
    };
    for (const back of answer(bytes, reply)) reply(back);
  });
  return {
    port: socket.address().port,
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
}

/** Of version 3. */
export function messageId(bytes: Uint8Array): number {
  const reader = new BerReader(bytes);
  const message = reader.enter(reader.next("message"));
  message.integer("version");
  return message.enter(message.next("header")).integer("message id");
}

/** Of version 2c. */
export function requestIdOf(bytes: Uint8Array): number {
  const reader = new BerReader(bytes);
  const message = reader.enter(reader.next("message"));
  message.integer("version");
  message.next("community");
  return message.enter(message.next("PDU")).integer("request id");
}
