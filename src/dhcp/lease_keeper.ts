/**
 * Keeps the lease table of one subnet and the lease store in step: memory first, so that the next packet sees it,
 * and durable before anybody is told.
 *
 * The table runs on the monotonic clock: setting the clock of the appliance ten years ahead ends no
 * lease. Only what is stored carries wall-clock time, because it must mean something after a restart.
 */
import type { RecordEvent } from "#src/events/event.ts";
import type { Node } from "#src/nodes/node.ts";
import { type Ipv4, inSubnet } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { LeaseStore } from "./lease_store.ts";
import { type Holding, LeaseTable } from "./leases.ts";
import type { ServedSubnet } from "./subnets.ts";

export type LeaseKeeperOptions = {
  readonly subnet: Pick<ServedSubnet, "subnet" | "server" | "router" | "pool" | "knownPool">;
  readonly leases: LeaseStore;
  readonly nodes: { readonly byMac: (mac: Mac) => Node | undefined };
  readonly record: RecordEvent;
  readonly nowMs: () => number;
  readonly onFault: (fault: unknown) => void;
};

export type Grant = {
  readonly address: Ipv4;
  readonly node: Node | undefined;
  readonly leaseSec: number;
};

/** An offer holds its address this long: made-up clients must not drain the pool. */
const OFFER_MS = 10_000;
/** RFC 2131 leaves it open; ten minutes are what dnsmasq and Kea take. */
const DECLINED_MS = 600_000;
/** Of the pool: a flood of DECLINEs may set aside no more. */
const DECLINED_PART = 8;
const MIN_DECLINED = 4;

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #table: LeaseTable;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    const { subnet, server, router } = options.subnet;
    this.#table = new LeaseTable(options.subnet, [server, ...(router ? [router] : [])]);
    for (const { mac, address, state, expiresAtMs } of options.leases.all()) {
      if (!inSubnet(address, subnet)) continue;
      const leftMs = expiresAtMs - options.nowMs();
      if (leftMs <= 0) void options.leases.remove(address).catch(options.onFault);
      else this.#hold({ mac, address, state, endsInMs: leftMs }, options.nodes.byMac(mac));
    }
  }

  view(): { readonly table: LeaseTable; readonly nowMs: number } {
    return { table: this.#table, nowMs: performance.now() };
  }

  /** The address that the machine was given and still has; one that it was only offered does not count. */
  addressOf(mac: Mac): Ipv4 | undefined {
    const holding = this.#table.ofMac(mac);
    return holding?.state === "bound" && holding.endsAtMs > performance.now() ? holding.address : undefined;
  }

  macOf(address: Ipv4): Mac | undefined {
    const holding = this.#table.ofAddress(address, performance.now());
    return holding?.state === "bound" ? holding.mac : undefined;
  }

  /** Holds the address until the REQUEST comes. A lease that the machine has stays as it is. */
  offer(mac: Mac, address: Ipv4, node: Node | undefined): void {
    const held = this.#table.ofMac(mac);
    if (held?.address === address && held.state === "bound" && held.endsAtMs > performance.now()) return;
    // A lease for another address of this machine ends with the ACK, not with an offer it may never take up.
    if (held?.state === "bound" && held.endsAtMs > performance.now()) return;
    this.#hold({ mac, address, state: "offered", endsInMs: OFFER_MS }, node);
  }

  withdrawOffer(mac: Mac): void {
    const held = this.#table.ofMac(mac);
    if (held?.state === "offered") this.#table.drop(held.address);
  }

  /**
   * Binds the address and resolves when that is durable. When the store fails (`stored` is false), the
   * lease holds in memory: a rack must come up although the disk of its appliance is full.
   */
  async bind(
    { mac, clientId }: { readonly mac: Mac; readonly clientId: string | undefined },
    { address, node, leaseSec }: Grant,
  ): Promise<{ readonly stored: boolean; readonly leaseSec: number }> {
    const { leases, nowMs, record } = this.#options;
    const before = this.#table.ofMac(mac);
    this.#hold({ mac, address, state: "bound", endsInMs: leaseSec * 1000 }, node);
    try {
      await leases.put({ mac, address, clientId, expiresAtMs: nowMs() + leaseSec * 1000, state: "bound" });
      if (before && before.address !== address && before.state === "bound")
        await leases.remove(before.address);
      return { stored: true, leaseSec };
    } catch (fault) {
      record({
        kind: "leaseNotStored",
        mac,
        address,
        because: fault instanceof Error ? fault.message : String(fault),
      });
      return { stored: false, leaseSec };
    }
  }

  /** The machine has an address elsewhere now. */
  forget(mac: Mac): void {
    const held = this.#table.ofMac(mac);
    if (held) this.release(held.address);
  }

  release(address: Ipv4): void {
    this.#table.drop(address);
    this.#forget(address);
  }

  /** @returns false when so many addresses are set aside already that this one is only freed. */
  setAside(mac: Mac, address: Ipv4): boolean {
    const { leases, nowMs, onFault } = this.#options;
    if (!this.#maySetAside) {
      this.release(address);
      return false;
    }
    this.#hold({ mac, address, state: "declined", endsInMs: DECLINED_MS }, undefined);
    const lease = { mac, address, expiresAtMs: nowMs() + DECLINED_MS, state: "declined" } as const;
    leases.put(lease).catch(onFault);
    return true;
  }

  /**
   * Somebody else answers for what the machine was offered. Where as many are set aside as may be, its offer
   * stands: made-up answers must not keep machines from an address. So does that of a registered node.
   *
   * @returns whether the address is set aside now.
   */
  setOfferAside(mac: Mac, address: Ipv4): boolean {
    const held = this.#table.ofMac(mac);
    const mayLose = held?.address === address && held.state === "offered" && !held.isKnown;
    return mayLose && this.#maySetAside && this.setAside(mac, address);
  }

  get #maySetAside(): boolean {
    const most = Math.max(MIN_DECLINED, Math.floor(this.#table.poolAddresses / DECLINED_PART));
    return this.#table.declinedAddresses < most;
  }

  sweep(): void {
    for (const { address, state } of this.#table.sweep(performance.now())) {
      if (state !== "offered") this.#forget(address);
    }
  }

  #hold(
    { endsInMs, ...part }: Pick<Holding, "mac" | "address" | "state"> & { readonly endsInMs: number },
    node: Node | undefined,
  ): void {
    this.#table.hold({
      ...part,
      endsAtMs: performance.now() + endsInMs,
      isKnown: node?.status === "registered",
    });
  }

  #forget(address: Ipv4): void {
    this.#options.leases.remove(address).catch(this.#options.onFault);
  }
}
