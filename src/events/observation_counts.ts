/** How many DHCP messages came and went, by type. Pure; the types are few. */
import type { Observation } from "./observation.ts";

export type DhcpCount = {
  readonly message: string;
  readonly direction: "in" | "out";
  readonly count: number;
};

export class ObservationCounts {
  readonly #counts = new Map<string, DhcpCount>();

  hear(seen: Observation): void {
    if (seen.kind === "dhcpAsked") this.#count(seen.message, "in");
    else if (seen.kind === "dhcpAnswered") this.#count(seen.message, "out");
  }

  all(): readonly DhcpCount[] {
    return [...this.#counts.values()];
  }

  #count(message: string, direction: "in" | "out"): void {
    const key = `${direction} ${message}`;
    const count = (this.#counts.get(key)?.count ?? 0) + 1;
    this.#counts.set(key, { message, direction, count });
  }
}
