/** One script on a node that runs some Linux with an SSH server, as root, with the appliance's key. */
import ssh2, { type ClientChannel } from "ssh2";
import { READY_WORD } from "./node_scripts/words.ts";
import { oneLine } from "./step_fault.ts";

export type SshRun = {
  readonly address: string;
  readonly privateKey: string;
  /** `ssh-ed25519 BASE64`; a server with another key is not talked to. Without it every key is taken. */
  readonly hostKey?: string | undefined;
  /** For /bin/sh. Goes by standard input: arguments are for every user of the node to see. */
  readonly script: string;
  /** The script says `READY_WORD` and then waits for a line, which it gets unless the signal has aborted. */
  readonly awaitsGo?: boolean;
};

export type SshResult =
  | { readonly kind: "ended"; readonly code: number | null; readonly outputTail: string }
  /** Nobody answered, it is another host, or the key does not open it. Nothing was run. */
  | { readonly kind: "closed"; readonly why: string };

const LOGIN_LIMIT_MS = 10_000;
/** A host that vanishes is noticed after four of these. */
const KEEPALIVE_MS = 10_000;
const MAX_OUTPUT_BYTES = 16_384;

export type SshOptions = { readonly port?: number; readonly loginLimitMs?: number };

/**
 * Logs in within 10 s and runs the script to its end.
 *
 * @throws signal.reason when the signal aborts; the connection is closed then, and with it the script's input. No server tells a script without a terminal more
 * @throws when the connection breaks while the script runs
 */
export function runBySsh(
  { address, privateKey, hostKey, script, awaitsGo = false }: SshRun,
  signal: AbortSignal,
  { port = 22, loginLimitMs = LOGIN_LIMIT_MS }: SshOptions = {},
): Promise<SshResult> {
  signal.throwIfAborted();
  const client = new ssh2.Client();
  const { promise, resolve, reject } = Promise.withResolvers<SshResult>();
  const closed = (why: string): void => resolve({ kind: "closed", why: oneLine(why) });
  let isIn = false;
  const broken = (why: string): void => {
    if (isIn) reject(new Error(`The SSH connection to ${address} broke: ${oneLine(why)}`));
    else closed(why);
  };
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  // ssh2's readyTimeout does not cover a server that never finishes its greeting.
  const timer = setTimeout(() => closed(`no SSH login within ${loginLimitMs} ms`), loginLimitMs);
  client.on("error", (fault) => broken(fault.message));
  client.on("close", () => broken("connection closed"));
  client.on("ready", () => {
    isIn = true;
    clearTimeout(timer);
    client.exec("/bin/sh -s", (fault, channel) => {
      if (fault) reject(fault);
      else runIn(channel, { script, awaitsGo, signal }).then(resolve, reject);
    });
  });
  client.connect({
    ...{ host: address, port, username: "root", privateKey, readyTimeout: loginLimitMs },
    keepaliveInterval: KEEPALIVE_MS,
    // The only one that is known of the systems that were installed.
    ...(hostKey === undefined ? {} : { algorithms: { serverHostKey: ["ssh-ed25519"] } }),
    hostVerifier: (key: Buffer) => {
      if (hostKey === undefined || hostKey === `ssh-ed25519 ${key.toString("base64")}`) return true;
      closed("a system with another SSH host key than the one installed last answers");
      return false;
    },
  });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    client.destroy();
  });
}

type Input = Pick<SshRun, "script" | "awaitsGo"> & { readonly signal: AbortSignal };

function runIn(channel: ClientChannel, { script, awaitsGo, signal }: Input): Promise<SshResult> {
  return new Promise((resolve) => {
    let output = Buffer.alloc(0);
    let code: number | null = null;
    let waits = awaitsGo;
    const take = (bytes: Buffer): void => {
      output = Buffer.concat([output, bytes]).subarray(-MAX_OUTPUT_BYTES);
      if (!waits || signal.aborted || !output.includes(`${READY_WORD}\n`)) return;
      waits = false;
      channel.end("go\n");
    };
    channel.on("data", take);
    channel.stderr.on("data", take);
    channel.on("exit", (exitCode: number | null) => {
      code = exitCode;
    });
    channel.on("close", () => resolve({ kind: "ended", code, outputTail: output.toString("utf8") }));
    channel.on("error", () => {});
    if (awaitsGo) channel.write(script);
    else channel.end(script);
  });
}
