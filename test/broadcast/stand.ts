import { Coordinator, type Joining } from "#src/broadcast/coordinator.ts";
import type { Finding } from "#src/broadcast/decision.ts";
import type { Report } from "#src/broadcast/member.ts";
import { type Order, orderByName } from "#src/broadcast/order.ts";
import { SOURCE } from "./rings.ts";

export const at = (node: string): string => `${node}:7801`;

/** A coordinator and what it has told whom, in a time of its own. */
export class Stand {
  nowMs = 0;
  readonly told = new Map<string, readonly string[]>();
  /** What the lists are called. */
  readonly names = new Map<string, string>();
  readonly findings: Finding[] = [];
  readonly coordinator: Coordinator;

  constructor(order: Order = orderByName([]), sourceMbit?: number, run = "run1", chunkRawBytes = 4e6) {
    this.coordinator = new Coordinator({
      sourceOf: () => SOURCE,
      order,
      sourceMbit,
      run,
      chunkRawBytes,
    });
  }

  /** Lets nodes join at once, and serve as soon as they are asked to. @returns the lists then */
  join(...nodes: readonly string[]): Record<string, string> {
    for (const node of nodes) this.joinOne({ node, endpoint: at(node) });
    this.settle();
    for (const node of nodes) this.coordinator.listens(node, at(node));
    this.settle();
    return this.lists();
  }

  joinOne(joining: Joining): void {
    this.coordinator.join(joining, this.nowMs);
  }

  /** @returns who was told something, in order */
  settle(): readonly string[] {
    const { ask, tell, findings } = this.coordinator.decide(this.nowMs);
    for (const [node, { upstreams, list }] of [...ask, ...tell]) {
      this.told.set(node, upstreams);
      this.names.set(node, list);
    }
    this.findings.push(...findings);
    return [...ask.keys(), ...tell.keys()];
  }

  /** The lists in force by node, the appliance left out. */
  lists(): Record<string, string> {
    return Object.fromEntries(
      [...this.told].map(([node, list]) => [
        node,
        list
          .filter((endpoint) => endpoint !== SOURCE)
          .map((endpoint) => endpoint.split(":")[0])
          .join(" "),
      ]),
    );
  }

  /** What everybody has as its first upstream. */
  firsts(): Record<string, string> {
    const first = (list: string): string => list.split(" ")[0] || "appliance";
    return Object.fromEntries(Object.entries(this.lists()).map(([node, list]) => [node, first(list)]));
  }

  report(node: string, report: Partial<Report> = {}): void {
    const upstream = this.told.get(node)?.[0];
    this.coordinator.report(node, {
      ...{ atMs: this.nowMs, receivedBytes: 0, writtenRawBytes: 0, upstream },
      ...report,
    });
  }

  /** Seconds pass in which everybody reports as `reportOf` says; those for whom it says nothing are silent. */
  pass(seconds: number, reportOf: (node: string, second: number) => Partial<Report> | undefined): void {
    for (let second = 0; second < seconds; second++) {
      this.nowMs += 1000;
      for (const node of this.told.keys()) {
        const report = reportOf(node, this.nowMs / 1000);
        if (report) this.report(node, report);
      }
      this.settle();
    }
  }
}

const MB = 1e6;

/** Everybody takes 100 MB a second. */
export const allWell = (_: string, second: number): Partial<Report> => ({
  receivedBytes: 100 * MB * second,
  writtenRawBytes: 100 * MB * second,
});

export function standOf(...nodes: readonly string[]): Stand {
  const stand = new Stand();
  stand.join(...nodes);
  return stand;
}
