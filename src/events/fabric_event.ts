import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { unreachable } from "#src/value/unreachable.ts";

/** What is learned of the wiring. Each is told once, and again when it had gone in between. */
export type FabricEvent =
  | {
      readonly kind: "fabricScanned";
      /** Known, whoever speaks of them. */
      readonly switches: number;
      /** Of these, read over SNMP. */
      readonly read: number;
      readonly silent: number;
      readonly links: number;
      /** Nodes whose port is known. */
      readonly nodes: number;
      /** Tables that are not whole. */
      readonly gaps: number;
      readonly tookMs: number;
    }
  | { readonly kind: "fabricScanFailed"; readonly problem: string }
  | { readonly kind: "fabricScanCut"; readonly because: string }
  | { readonly kind: "switchSilent"; readonly address: Ipv4; readonly because: string }
  | { readonly kind: "switchAnswers"; readonly address: Ipv4 }
  | {
      readonly kind: "switchTableCut";
      readonly address: Ipv4;
      readonly table: string;
      readonly because: string;
    }
  | {
      readonly kind: "nodeRewired";
      readonly node: string;
      readonly mac: Mac;
      /** Switch and port. */
      readonly from: string;
      readonly to: string;
    }
  /** `problem` is a whole sentence that names ports and machines. */
  | { readonly kind: "fabricContradiction"; readonly contradiction: string; readonly problem: string };

export function describeFabric(event: FabricEvent): string {
  switch (event.kind) {
    case "fabricScanned":
      return `The fabric was scanned in ${event.tookMs} ms: ${event.switches} switches (${event.read} read, ${event.silent} silent), ${event.links} links, ${event.nodes} nodes, ${event.gaps} gaps`;
    case "fabricScanFailed":
      return `The fabric could not be scanned: ${event.problem}`;
    case "fabricScanCut":
      return `The scan of the fabric is not whole: ${event.because}`;
    case "switchSilent":
      return `The switch at ${event.address} was asked and gave nothing: ${event.because}`;
    case "switchAnswers":
      return `The switch at ${event.address} answers again`;
    case "switchTableCut":
      return `Table ${event.table} of the switch at ${event.address} was cut off: ${event.because}`;
    case "nodeRewired":
      return `${event.node} (${event.mac}) was plugged in at ${event.from} and is at ${event.to} now`;
    case "fabricContradiction":
      return `The fabric contradicts itself: ${event.problem}`;
    default:
      return unreachable(event);
  }
}
