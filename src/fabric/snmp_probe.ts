/** Whether somebody answers, and sessions that end in time. */
import type { Ipv4 } from "#src/value/ipv4.ts";
import { SYSTEM } from "./mib.ts";
import type { GapReason } from "./reading.ts";
import type { RequestGate } from "./request_gate.ts";
import type { SnmpCredentials } from "./snmp_credentials.ts";
import { SnmpSession } from "./snmp_session.ts";

/** Retransmissions of each request. With the waits of `snmp_session.ts` all of them take 4.75 times the first timeout. */
const RETRIES = 2;
export const TIMEOUTS_IN_REQUEST = 4.75;

/** A session that ends with the signal. */
export type Open = (credentials: SnmpCredentials) => SnmpSession;

export const openers =
  (
    { address, port }: { readonly address: Ipv4; readonly port?: number | undefined },
    { gate, signal, timeoutMs }: { gate: RequestGate; signal: AbortSignal; timeoutMs: number },
  ): Open =>
  (credentials) => {
    const session = new SnmpSession({ address, port, credentials, gate, timeoutMs, retries: RETRIES });
    if (signal.aborted) session.close();
    else signal.addEventListener("abort", () => session.close(), { once: true });
    return session;
  };

/** @returns that the system group is there, or why not. Closes the session. */
export async function probe(opened: SnmpSession): Promise<GapReason | "answers"> {
  using session = opened;
  const reply = await session.bulk({ oids: Object.values(SYSTEM), repetitions: 1 });
  if (reply.ok) {
    const isShown = reply.columns.some((cells) => cells.some((cell) => cell !== undefined));
    return isShown ? "answers" : "refused";
  }
  switch (reply.why) {
    case "closed":
      return "deadline";
    case "tooBig":
    case "end":
      return "answers";
    default:
      return reply.why;
  }
}
