/** DHCP clients in namespaces: Debian's udhcpc, and packets by hand. */
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { type DhcpFacts, readFacts } from "#src/dhcp/facts.ts";
import { type DhcpPacket, decodeDhcp, encodeDhcp } from "#src/dhcp/packet.ts";
import { type ClientSays, clientPacket } from "./packets.ts";
import type { RawClientSettings } from "./raw_client.ts";

const execute = promisify(execFile);

export type UdhcpcResult = {
  readonly address: string | undefined;
  readonly server: string | undefined;
  readonly output: string;
};

/** One try of a real client: 3 DISCOVERs, a second apart. It never configures its card. */
export async function udhcpc(space: string, ...extra: readonly string[]): Promise<UdhcpcResult> {
  const words = [
    "netns",
    "exec",
    space,
    "udhcpc",
    "-i",
    "eth0",
    "-f",
    "-n",
    "-q",
    "-t",
    "3",
    "-T",
    "1",
    "-s",
    "/bin/true",
  ];
  const { stdout, stderr } = await execute("ip", [...words, ...extra]).catch((fault) => fault);
  const output = `${stdout}${stderr}`;
  const [, address, server] = /lease of (\S+) obtained from (\S+?),/.exec(output) ?? [];
  return { address, server, output };
}

export type Reply = { readonly packet: DhcpPacket; readonly facts: DhcpFacts };

/** Sends packets and gives the replies that came, in order. Waits the whole limit when fewer than `replies` come. */
export async function ask(
  space: string,
  says: readonly ClientSays[],
  { replies, limitMs = 3000 }: { readonly replies: number; readonly limitMs?: number },
): Promise<readonly Reply[]> {
  const send = says.map((said) => encodeDhcp(clientPacket({ broadcast: true, ...said })).toString("hex"));
  await using client = new RawClient(space, { interface: "eth0", send, replies, limitMs });
  const heard = await client.heard();
  return heard.flatMap((hex) => {
    const packet = decodeDhcp(Buffer.from(hex, "hex"));
    const facts = packet.ok ? readFacts(packet.value) : undefined;
    return packet.ok && facts?.ok ? [{ packet: packet.value, facts: facts.value }] : [];
  });
}

/** A program of ours with a DHCP port open in a namespace. */
export class RawClient implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #exited: Promise<unknown>;

  constructor(space: string, settings: RawClientSettings) {
    const words = ["netns", "exec", space, process.execPath, "--no-warnings", "test/dhcp/raw_client.ts"];
    this.#child = spawn("ip", words, { stdio: ["pipe", "pipe", "pipe"] });
    this.#exited = once(this.#child, "exit");
    this.#child.stdin.end(JSON.stringify(settings));
  }

  /** Resolves when its port is open. */
  async listening(): Promise<this> {
    await once(this.#child.stderr, "data");
    return this;
  }

  /** The payloads that came, in hex, when it has ended. */
  async heard(): Promise<readonly string[]> {
    return JSON.parse(await text(this.#child.stdout));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
