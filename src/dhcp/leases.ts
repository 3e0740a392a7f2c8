/**
 * Who holds which address: the hot state of the DHCP server.
 *
 * One holding a machine, keyed on its MAC, because firmware, iPXE and the
 * system send three different client ids in one boot. Pure: the caller says
 * what time it is (monotonic, in ms), and stores what has to survive.
 */
import { type Ipv4, ipv4FromNumber, ipv4ToNumber } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

export type AddressPool = { readonly first: Ipv4; readonly last: Ipv4 };

/** Addresses one pool may have: each costs memory for good. */
export const POOL_MAX_ADDRESSES = 65_536;

export type Holding = {
  readonly mac: Mac;
  readonly address: Ipv4;
  /** `offered`: waits for the REQUEST. `declined`: nobody gets it; `mac` is who complained. */
  readonly state: "offered" | "bound" | "declined";
  readonly endsAtMs: number;
  /** Held by a node that an operator registered. */
  readonly isKnown: boolean;
};

/** The addresses of one pool, and which of them nobody holds. */
class FreeAddresses {
  readonly #first: number;
  readonly #last: number;
  readonly #free = new Set<number>();

  /** @throws RangeError when the pool is empty or has more than {@link POOL_MAX_ADDRESSES}. */
  constructor(pool: AddressPool, neverGiven: readonly Ipv4[]) {
    this.#first = ipv4ToNumber(pool.first);
    this.#last = ipv4ToNumber(pool.last);
    if (this.size < 1 || this.size > POOL_MAX_ADDRESSES) {
      throw new RangeError(
        `Cannot use the pool ${pool.first} to ${pool.last}: it has ${this.size} addresses, needs 1 to ${POOL_MAX_ADDRESSES}`,
      );
    }
    for (let address = this.#first; address <= this.#last; address++) this.#free.add(address);
    for (const address of neverGiven) this.#free.delete(ipv4ToNumber(address));
  }

  get size(): number {
    return this.#last - this.#first + 1;
  }

  get left(): number {
    return this.#free.size;
  }

  has(address: Ipv4): boolean {
    const number = ipv4ToNumber(address);
    return number >= this.#first && number <= this.#last;
  }

  take(address: Ipv4): void {
    this.#free.delete(ipv4ToNumber(address));
  }

  get use(): PoolUse {
    const last = ipv4FromNumber(this.#first + this.size - 1);
    return { first: ipv4FromNumber(this.#first), last, addresses: this.size, free: this.left };
  }

  giveBack(address: Ipv4): void {
    this.#free.add(ipv4ToNumber(address));
  }

  pick(mac: Mac, isReserved: (address: Ipv4) => boolean): Ipv4 | undefined {
    const wished = this.#first + (hashOf(mac) % this.size);
    if (this.#free.has(wished) && !isReserved(ipv4FromNumber(wished))) return ipv4FromNumber(wished);
    for (const number of this.#free) {
      const address = ipv4FromNumber(number);
      if (!isReserved(address)) return address;
    }
    return undefined;
  }
}

/** `free`: nobody holds them; reserved ones among them. */
export type PoolUse = AddressPool & { readonly addresses: number; readonly free: number };

export type Pools = {
  /** For everybody, and for unknown machines the only one. */
  readonly pool: AddressPool;
  /** For registered nodes alone, who take from `pool` when it is empty. Does not overlap with `pool`. */
  readonly knownPool?: AddressPool | undefined;
};

/** The leases of one subnet. */
export class LeaseTable {
  readonly #pool: FreeAddresses;
  readonly #knownPool: FreeAddresses | undefined;
  readonly #byAddress = new Map<Ipv4, Holding>();
  readonly #byMac = new Map<Mac, Holding>();
  #knownInPool = 0;
  #declined = 0;

  /** @throws RangeError when a pool is empty or has more than {@link POOL_MAX_ADDRESSES}. */
  constructor({ pool, knownPool }: Pools, neverGiven: readonly Ipv4[] = []) {
    this.#pool = new FreeAddresses(pool, neverGiven);
    this.#knownPool = knownPool && new FreeAddresses(knownPool, neverGiven);
  }

  /** Of both pools. */
  get poolAddresses(): number {
    return this.#pool.size + (this.#knownPool?.size ?? 0);
  }

  /** Addresses of the pool for everybody that nobody holds; reserved ones among them. */
  get freeAddresses(): number {
    return this.#pool.left;
  }

  /** The same for the pool of registered nodes. */
  get freeForKnown(): number {
    return this.#knownPool?.left ?? 0;
  }

  /** Each pool with how full it is. */
  uses(): readonly PoolUse[] {
    return [this.#pool, ...(this.#knownPool ? [this.#knownPool] : [])].map((pool) => pool.use);
  }

  /** Addresses of both pools held by registered nodes. */
  get heldByKnown(): number {
    return this.#knownInPool;
  }

  get declinedAddresses(): number {
    return this.#declined;
  }

  /** Whether it is in a pool that the machine may take from. */
  inPool(address: Ipv4, isKnown: boolean): boolean {
    return this.#pool.has(address) || (isKnown && this.inKnownPool(address));
  }

  inKnownPool(address: Ipv4): boolean {
    return this.#knownPool?.has(address) ?? false;
  }

  /** What the machine holds, offered or bound; also when it has run out but nobody took the address since. */
  ofMac(mac: Mac): Holding | undefined {
    return this.#byMac.get(mac);
  }

  /** Who holds the address now. */
  ofAddress(address: Ipv4, nowMs: number): Holding | undefined {
    const holding = this.#byAddress.get(address);
    return holding && holding.endsAtMs > nowMs ? holding : undefined;
  }

  /**
   * A free address, the same one for the same machine as long as that is free, so that a
   * node keeps its address even when its lease was forgotten.
   */
  pickFree(mac: Mac, isKnown: boolean, isReserved: (address: Ipv4) => boolean): Ipv4 | undefined {
    const own = isKnown ? this.#knownPool?.pick(mac, isReserved) : undefined;
    return own ?? this.#pool.pick(mac, isReserved);
  }

  /** The address of the oldest offer to a machine nobody knows: what a known node may take when the pool is full. */
  pickFromOffers(isReserved: (address: Ipv4) => boolean): Ipv4 | undefined {
    for (const { state, isKnown, address } of this.#byAddress.values()) {
      if (state === "offered" && !isKnown && this.#poolOf(address) && !isReserved(address)) return address;
    }
    return undefined;
  }

  /** Sets who holds the address. Whatever the machine or the address had before is over. */
  hold(holding: Holding): void {
    const before = this.#byMac.get(holding.mac);
    if (before) this.drop(before.address);
    this.drop(holding.address);
    this.#byAddress.set(holding.address, holding);
    if (holding.state === "declined") this.#declined++;
    else this.#byMac.set(holding.mac, holding);
    const pool = this.#poolOf(holding.address);
    if (!pool) return;
    pool.take(holding.address);
    if (countsAsKnown(holding)) this.#knownInPool++;
  }

  /** The address is free again. */
  drop(address: Ipv4): void {
    const holding = this.#byAddress.get(address);
    if (!holding) return;
    this.#byAddress.delete(address);
    if (this.#byMac.get(holding.mac) === holding) this.#byMac.delete(holding.mac);
    if (holding.state === "declined") this.#declined--;
    const pool = this.#poolOf(address);
    if (!pool) return;
    pool.giveBack(address);
    if (countsAsKnown(holding)) this.#knownInPool--;
  }

  /** Drops what has run out and says what that was. */
  sweep(nowMs: number): readonly Holding[] {
    const over = [...this.#byAddress.values()].filter(({ endsAtMs }) => endsAtMs <= nowMs);
    for (const { address } of over) this.drop(address);
    return over;
  }

  #poolOf(address: Ipv4): FreeAddresses | undefined {
    if (this.#pool.has(address)) return this.#pool;
    return this.inKnownPool(address) ? this.#knownPool : undefined;
  }
}

const countsAsKnown = ({ isKnown, state }: Holding): boolean => isKnown && state !== "declined";

/** FNV-1a, 32 bit: spreads MACs that differ in the last byte only. */
function hashOf(mac: Mac): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < mac.length; at++) hash = Math.imul(hash ^ mac.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
