/** A machine on the network that asks a node for its broadcast without having the key. Prints what it got. */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { MANIFEST_CHUNK } from "#src/broadcast/data_frame.ts";
import { takeStream } from "./downstream_client.ts";

export type ThiefSetup = {
  readonly host: string;
  readonly port: number;
  /** In hex. */
  readonly broadcast: string;
  /** In hex: the right one, to see that the test would notice. */
  readonly key?: string;
  /** Sends noise instead of asking. */
  readonly rubbish?: boolean;
};

async function main({ host, port, broadcast, key, rubbish = false }: ThiefSetup): Promise<void> {
  if (rubbish) {
    const socket = connect(port, host, () => socket.write(randomBytes(100_000)));
    socket.on("error", () => {}); // it was thrown out
    const said = await buffer(socket).catch(() => Buffer.alloc(0));
    process.stdout.write(JSON.stringify({ story: said.length === 0 ? [] : [`piece? ${said.length} bytes`] }));
    return;
  }
  const stolen = await takeStream({
    host,
    port,
    broadcast: Buffer.from(broadcast, "hex"),
    // Without the key it cannot check the upstream's proof either, so any answer to the challenge will do.
    key: key === undefined ? randomBytes(32) : Buffer.from(key, "hex"),
    trusting: key === undefined,
    chunk: MANIFEST_CHUNK,
  }).catch((fault: unknown) => ({ story: [String(fault)], refusal: undefined }));
  process.stdout.write(JSON.stringify({ story: stolen.story, refusal: stolen.refusal }));
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? "{}") as ThiefSetup);
