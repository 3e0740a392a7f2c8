/**
 * What a DHCP server tells of strangers: everything here can be caused by anybody as often as he
 * likes, so it is told now and then only.
 */
import type { RecordEvent } from "#src/events/event.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { TokenBucket } from "#src/value/token_bucket.ts";
import type { DhcpFacts } from "./facts.ts";
import { ForeignServers } from "./foreign_servers.ts";

const REPORTS = { perSec: 2, burst: 20 };

export class ServerReports {
  readonly #record: RecordEvent;
  readonly #bucket = new TokenBucket(REPORTS);
  readonly #foreign = new ForeignServers();

  constructor(record: RecordEvent) {
    this.#record = record;
  }

  report(event: Parameters<RecordEvent>[0]): void {
    if (this.#bucket.take(performance.now())) this.#record(event);
  }

  reject(peer: string, { field, detail }: { readonly field: string; readonly detail: string }): void {
    this.report({ kind: "packetRejected", protocol: "dhcp", peer, problem: `${field}: ${detail}` });
  }

  refuse({ mac }: Pick<DhcpFacts, "mac">, because: string): void {
    this.report({ kind: "leaseRefused", mac, because });
  }

  refuseRelay({ mac, giaddr, linkSelection }: DhcpFacts): void {
    const asked = linkSelection ? `relay ${giaddr} for ${linkSelection}` : `relay ${giaddr}`;
    this.refuse({ mac }, `it came through ${asked}, whose network is not served here`);
  }

  noticeServer(server: Ipv4, offered: Ipv4): void {
    if (this.#foreign.notice(server, performance.now()))
      this.#record({ kind: "foreignDhcpServer", server, offered });
  }
}
