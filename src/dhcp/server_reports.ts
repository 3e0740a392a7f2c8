/**
 * What a DHCP server tells of strangers: everything here can be caused by anybody as often as he
 * likes, so the event log gets it now and then only. Who observes gets all of it.
 */
import type { RecordEvent } from "#src/events/event.ts";
import type { DhcpProgram, Observe } from "#src/events/observation.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { TokenBucket } from "#src/value/token_bucket.ts";
import type { DhcpFacts } from "./facts.ts";
import { ForeignServers } from "./foreign_servers.ts";
import { type DhcpPacket, NO_ADDRESS } from "./packet.ts";
import type { ReplyPlan } from "./replies.ts";

const REPORTS = { perSec: 2, burst: 20 };

export type ReportsTo = {
  readonly record: RecordEvent;
  /** Gets every question and answer; the event log could not hold them. */
  readonly observe?: Observe;
};

const whoOf = ({ mac, boot }: Pick<DhcpFacts, "mac" | "boot">): { mac: Mac; program: DhcpProgram } => ({
  mac,
  program: boot?.program ?? "system",
});

export class ServerReports {
  readonly #record: RecordEvent;
  readonly #observe: Observe;
  readonly #bucket = new TokenBucket(REPORTS);
  readonly #foreign = new ForeignServers();

  constructor({ record, observe = () => {} }: ReportsTo) {
    this.#record = record;
    this.#observe = observe;
  }

  asked({ secs, xid }: DhcpPacket, facts: DhcpFacts): void {
    const { message, boot, requestedAddress, ciaddr, uuid } = facts;
    const address = requestedAddress ?? ciaddr;
    const said = { message, secs, address, archCode: boot?.archCode, xid, uuid };
    this.#observe({ kind: "dhcpAsked", ...whoOf(facts), ...said });
  }

  answered(facts: DhcpFacts, { message, address, boot }: ReplyPlan): void {
    // Who refused it has told why.
    if (message === "nak") return;
    const because = boot && "because" in boot ? boot.because : undefined;
    this.#observe({ kind: "dhcpAnswered", ...whoOf(facts), message, address, because });
  }

  /** Beside another server, whose answer goes past us: it takes the address that it says it takes. */
  tookAddress(facts: DhcpFacts, address: Ipv4): void {
    this.#observe({ kind: "dhcpAnswered", ...whoOf(facts), message: "ack", address, because: undefined });
  }

  /** It took the offer of another server, which we learn of by that. */
  choseOther(facts: DhcpFacts): void {
    const { serverId: chosen, requestedAddress = NO_ADDRESS } = facts;
    if (!chosen) return;
    const because = "it took the offer of another server";
    this.#observe({ kind: "dhcpUnanswered", ...whoOf(facts), because, chosen });
    this.noticeServer(chosen, requestedAddress);
  }

  report(event: Parameters<RecordEvent>[0]): void {
    if (this.#bucket.take(performance.now())) this.#record(event);
  }

  reject(peer: string, { field, detail }: { readonly field: string; readonly detail: string }): void {
    this.report({ kind: "packetRejected", protocol: "dhcp", peer, problem: `${field}: ${detail}` });
  }

  refuse(facts: Pick<DhcpFacts, "mac" | "boot">, because: string): void {
    this.#observe({ kind: "dhcpUnanswered", ...whoOf(facts), because, chosen: undefined });
    this.report({ kind: "leaseRefused", mac: facts.mac, because });
  }

  refuseRelay({ mac, boot, giaddr, linkSelection }: DhcpFacts): void {
    const asked = linkSelection ? `relay ${giaddr} for ${linkSelection}` : `relay ${giaddr}`;
    this.refuse({ mac, boot }, `it came through ${asked}, whose network is not served here`);
  }

  noticeServer(server: Ipv4, offered: Ipv4): void {
    if (this.#foreign.notice(server, performance.now()))
      this.#record({ kind: "foreignDhcpServer", server, offered });
  }
}
