/**
 * Many TFTP clients in one process, each with an address of its own: `node tftp_clients.ts SERVER FILE SHA256 ADDRESS…`.
 *
 * One process, because a thousand programs that start at once on a few cores measure the scheduler and not the server.
 * Lock step with blksize 1428, as firmware does it. Prints `{"seconds", "failed"}`.
 */
import { createHash } from "node:crypto";
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";

const [server = "", file = "", sha256 = "", ...addresses] = process.argv.slice(2);
const SERVER_PORT = 69;
const BLOCK_BYTES = 1428;
/** As iPXE and EDK2 ask again. */
const RESEND_MS = 1000;
const LIMIT_MS = 100_000;
const [RRQ, DATA, ACK, OACK] = [1, 3, 4, 6];

const startedAtMs = performance.now();
const results = await Promise.allSettled(addresses.map((address) => fetchOnce(address)));
const seconds = (performance.now() - startedAtMs) / 1000;
const failed = results.filter(({ status }) => status === "rejected").length;
process.stdout.write(`${JSON.stringify({ seconds, failed })}\n`);

/** Reads the file once, and checks it. */
async function fetchOnce(address: string): Promise<void> {
  const socket = createSocket("udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const blocks: Buffer[] = [];
  let last = { bytes: readRequest(), port: SERVER_PORT };
  const say = (bytes: Buffer, port: number): void => {
    last = { bytes, port };
    socket.send(bytes, port, server);
  };
  const again = setInterval(() => say(last.bytes, last.port), RESEND_MS);
  const limit = setTimeout(() => reject(new Error("too late")), LIMIT_MS);
  socket.on("message", (bytes: Buffer, { port }: RemoteInfo) => {
    const [kind, block] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
    again.refresh();
    if (kind === OACK) return say(ack(0), port);
    if (kind !== DATA) return reject(new Error(bytes.toString("latin1", 4)));
    if (block !== blocks.length + 1) return say(ack(blocks.length), port);
    blocks.push(bytes.subarray(4));
    say(ack(block), port);
    if (bytes.length < 4 + BLOCK_BYTES) resolve();
  });
  say(last.bytes, last.port);
  try {
    await promise;
    if (createHash("sha256").update(Buffer.concat(blocks)).digest("hex") !== sha256)
      throw new Error("damaged");
  } finally {
    clearInterval(again);
    clearTimeout(limit);
    socket.close();
  }
}

function readRequest(): Buffer {
  const words = [file, "octet", "blksize", `${BLOCK_BYTES}`, "tsize", "0"];
  return Buffer.concat([Buffer.from([0, RRQ]), Buffer.from(words.map((word) => `${word}\0`).join(""))]);
}

function ack(block: number): Buffer {
  const bytes = Buffer.from([0, ACK, 0, 0]);
  bytes.writeUInt16BE(block, 2);
  return bytes;
}
