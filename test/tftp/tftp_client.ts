/** A TFTP client of the simplest kind, which counts what the server sends it and can misbehave. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { decodeTftp, encodeTftp, type TftpPacket } from "#src/tftp/packet.ts";

export class TftpClient implements AsyncDisposable {
  readonly #socket: Socket = createSocket("udp4");
  readonly #heard: TftpPacket[] = [];
  readonly #serverPort: number;
  /** Where the server answers from, once it did. */
  #peerPort: number | undefined;
  bytesSent = 0;
  bytesHeard = 0;
  #wake: () => void = () => {};
  /** A socket that is closed at once forgets what it has not sent yet, such as the last ACK. */
  #lastSend: Promise<void> = Promise.resolve();

  /** `address`: which of the loopback's it speaks from, so that many clients can be many machines. */
  constructor(serverPort: number, address = "127.0.0.1") {
    this.#serverPort = serverPort;
    this.#socket.bind(0, address);
    this.#socket.on("message", (bytes, { port }) => {
      const packet = decodeTftp(bytes);
      if (packet.ok) this.#heard.push(packet.value);
      this.bytesHeard += bytes.length;
      this.#peerPort = port;
      this.#wake();
    });
  }

  sendBytes(bytes: Uint8Array, port = this.#serverPort): void {
    this.bytesSent += bytes.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.send(bytes, port, "127.0.0.1", () => resolve());
    this.#lastSend = promise;
  }

  send(packet: TftpPacket): void {
    this.sendBytes(
      encodeTftp(packet),
      packet.kind === "read" || packet.kind === "write" ? this.#serverPort : this.#peerPort,
    );
  }

  /** The next packet, or `undefined` when none comes in time. */
  async next(limitMs = 2000): Promise<TftpPacket | undefined> {
    if (this.#heard.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#heard.shift();
  }

  /** Reads a whole file; asks again when nobody answers, as firmware does. @throws Error with what came instead */
  async get(filename: string, options: Readonly<Record<string, string>> = {}): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let packet = await this.#ask({ kind: "read", filename, options: new Map(Object.entries(options)) });
    let blockBytes = 512;
    for (;;) {
      if (packet?.kind === "optionAck") {
        blockBytes = Number(packet.options.get("blksize") ?? 512);
      } else if (packet?.kind === "data") {
        if (packet.block === ((parts.length + 1) & 0xffff)) parts.push(packet.payload);
      } else throw new Error(`${filename}: ${JSON.stringify(packet)}`);
      this.send({ kind: "ack", block: parts.length & 0xffff });
      if (packet.kind === "data" && packet.payload.length < blockBytes) return Buffer.concat(parts);
      packet = await this.next(9000);
    }
  }

  async #ask(read: TftpPacket): Promise<TftpPacket | undefined> {
    for (let round = 0; round < 150; round++) {
      this.send(read);
      const answer = await this.next(200);
      if (answer) return answer;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lastSend;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }
}
