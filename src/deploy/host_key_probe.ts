import { Client } from "ssh2";
import { oneLine } from "./step_fault.ts";

/** What answers on the SSH port of an address. */
export type HostKeySeen =
  /** `ssh-ed25519 BASE64`, and the server has proved by its signature that it owns the private half. */
  { readonly kind: "key"; readonly key: string } | { readonly kind: "nothing"; readonly why: string };

const DEFAULT_TIME_LIMIT_MS = 10_000;

export type ProbeOptions = { readonly port?: number; readonly timeLimitMs?: number };

/**
 * Does the key exchange of SSH (RFC 4253 section 8) and nothing more: no
 * account, no login. The signature over the exchange hash is checked before
 * the key is reported, so a copied public key does not pass.
 *
 * @throws signal.reason when the signal aborts.
 */
export function probeHostKey(
  address: string,
  signal: AbortSignal,
  { port = 22, timeLimitMs = DEFAULT_TIME_LIMIT_MS }: ProbeOptions = {},
): Promise<HostKeySeen> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const client = new Client();
    let offered: string | undefined;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      settle();
      client.destroy();
    };
    const nothing = (why: string) => (): void => resolve({ kind: "nothing", why: oneLine(why) });
    const onAbort = (): void => finish(() => reject(signal.reason));
    // ssh2's readyTimeout does not cover a server that never finishes its greeting.
    const timer = setTimeout(() => finish(nothing(`no SSH answer within ${timeLimitMs} ms`)), timeLimitMs);
    signal.addEventListener("abort", onAbort, { once: true });
    client.on("error", (fault) => finish(nothing(fault.message)));
    client.on("close", () => finish(nothing("connection closed before the key exchange")));
    // Emitted after the signature was verified and both sides switched keys.
    client.on("handshake", () =>
      finish(() =>
        resolve(offered ? { kind: "key", key: offered } : { kind: "nothing", why: "no host key" }),
      ),
    );
    client.connect({
      host: address,
      port,
      username: "root",
      readyTimeout: timeLimitMs,
      algorithms: { serverHostKey: ["ssh-ed25519"] },
      hostVerifier: (key: Buffer) => {
        offered = `ssh-ed25519 ${key.toString("base64")}`;
        return true;
      },
    });
  });
}
