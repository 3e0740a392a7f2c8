/** Asks a machine whether something answers on one of its ports. Says nothing about who answers: see `system_watch.ts`. */
import { type ClientRequest, get } from "node:http";
import { connect } from "node:net";
import type { Probe } from "#src/images/description.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { oneLine } from "../step_fault.ts";

export type NetworkProbe = Extract<Probe, { kind: "tcp" | "http" }>;

export type Answer = { readonly ok: true } | { readonly ok: false; readonly why: string };

const TIME_LIMIT_MS = 5_000;

/**
 * One question, at most 5 s. `http`: the status line counts, redirects are not followed, the body is not read.
 *
 * @throws signal.reason when the signal aborts
 */
export function askOnce(
  address: Ipv4,
  probe: NetworkProbe,
  signal: AbortSignal,
  timeLimitMs = TIME_LIMIT_MS,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      asked.destroy();
      end();
    };
    const say = (answer: Answer): void => settle(() => resolve(answer));
    const onAbort = (): void => settle(() => reject(signal.reason));
    const asked = begin(address, probe, say);
    asked.on("error", ({ message }) => say({ ok: false, why: oneLine(message) }));
    const timer = setTimeout(
      () => say({ ok: false, why: `no answer on port ${probe.port} within ${timeLimitMs} ms` }),
      timeLimitMs,
    );
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

function begin(host: Ipv4, probe: NetworkProbe, say: (answer: Answer) => void) {
  return probe.kind === "tcp"
    ? connect({ host, port: probe.port }, () => say({ ok: true }))
    : askHttp(host, probe, say);
}

/** Without an agent: a connection of its own, which ends with the question. */
function askHttp(
  host: Ipv4,
  { port, path, status }: Extract<NetworkProbe, { kind: "http" }>,
  say: (answer: Answer) => void,
): ClientRequest {
  return get({ host, port, path, agent: false, headers: { connection: "close" } }, ({ statusCode = 0 }) => {
    const isWanted = status === undefined ? statusCode >= 200 && statusCode < 400 : statusCode === status;
    const wanted = status === undefined ? "200 to 399" : String(status);
    say(isWanted ? { ok: true } : { ok: false, why: `HTTP status ${statusCode}, wanted ${wanted}` });
  });
}
