import { describe, expect, test } from "vitest";
import { LeaseKeeper, type LeaseKeeperOptions } from "#src/dhcp/lease_keeper.ts";
import type { Lease, LeaseStore } from "#src/dhcp/lease_store.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { ip, mac } from "./packets.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const client = { mac: mac("52:54:00:00:00:01"), clientId: "01525400000001" };
const lease = (part: Partial<Lease> = {}): Lease => ({
  ...{ mac: client.mac, address: ip("10.77.0.100"), expiresAtMs: NOW_MS + 60_000, state: "bound" },
  ...part,
});

/** A store that takes notes, and that writes when it is told to. */
class NotedStore implements LeaseStore {
  readonly puts: Lease[] = [];
  readonly removed: string[] = [];
  readonly #stored: readonly Lease[];
  #written = Promise.withResolvers<void>();

  constructor(stored: readonly Lease[] = []) {
    this.#stored = stored;
  }

  all(): readonly Lease[] {
    return this.#stored;
  }

  put(put: Lease): Promise<void> {
    this.puts.push(put);
    return this.#written.promise;
  }

  async remove(address: string): Promise<void> {
    this.removed.push(address);
  }

  write(): void {
    this.#written.resolve();
    this.#written = Promise.withResolvers();
  }

  fail(fault: Error): void {
    this.#written.reject(fault);
    this.#written = Promise.withResolvers();
  }
}

function keeper(store: LeaseStore, part: Partial<LeaseKeeperOptions> = {}): LeaseKeeper {
  return new LeaseKeeper({
    subnet: {
      ...{ server: ip("10.77.0.1"), subnet: { network: ip("10.77.0.0"), prefixBits: 24 } },
      pool: { first: ip("10.77.0.100"), last: ip("10.77.0.131") },
    },
    ...{ leases: store, nodes: { byMac: () => undefined }, record: () => {}, nowMs: () => NOW_MS },
    onFault: (fault) => expect.unreachable(String(fault)),
    ...part,
  });
}

describe("a lease", () => {
  const grant = { address: ip("10.77.0.100"), node: undefined, leaseSec: 60 };

  test("is granted when the store has it and not before, though others see it at once", async () => {
    const store = new NotedStore();
    const leases = keeper(store);
    let granted = false;
    const binding = leases.bind(client, grant).then(() => (granted = true));
    await new Promise(setImmediate);
    expect(granted).toBe(false);
    expect(leases.addressOf(client.mac)).toBe("10.77.0.100");
    store.write();
    await binding;
    expect(store.puts).toEqual([{ ...lease(), clientId: client.clientId }]);
  });

  test("frees the one the machine had, in the store too", async () => {
    const store = new NotedStore([lease({ address: ip("10.77.0.105") })]);
    const leases = keeper(store);
    const binding = leases.bind(client, grant);
    store.write();
    await binding;
    expect(leases.macOf(ip("10.77.0.105"))).toBeUndefined();
    expect(store.removed).toEqual(["10.77.0.105"]);
  });

  test("that cannot be stored holds in memory, and an event says so", async () => {
    const store = new NotedStore();
    const events: ApplianceEvent[] = [];
    const leases = keeper(store, { record: (event) => events.push(event) });
    const binding = leases.bind(client, grant);
    store.fail(new Error("disk full"));
    expect(await binding).toMatchObject({ stored: false });
    expect(leases.addressOf(client.mac)).toBe("10.77.0.100");
    expect(events).toMatchObject([{ kind: "leaseNotStored", because: "disk full" }]);
  });

  test("of the last run is known again; one that ran out meanwhile is removed", () => {
    const old = lease({ mac: mac("52:54:00:00:00:02"), address: ip("10.77.0.101"), expiresAtMs: NOW_MS - 1 });
    const store = new NotedStore([lease(), old]);
    const leases = keeper(store);
    expect(leases.macOf(ip("10.77.0.100"))).toBe(client.mac);
    expect(leases.macOf(ip("10.77.0.101"))).toBeUndefined();
    expect(store.removed).toEqual(["10.77.0.101"]);
  });
});

describe("an offer", () => {
  test("is no lease: scripts with secrets go to who took it", () => {
    const leases = keeper(new NotedStore());
    leases.offer(client.mac, ip("10.77.0.100"), undefined);
    expect(leases.addressOf(client.mac)).toBeUndefined();
    expect(leases.view().table.ofMac(client.mac)).toMatchObject({ state: "offered" });
  });

  test("does not touch a lease that the machine has", () => {
    const leases = keeper(new NotedStore([lease()]));
    leases.offer(client.mac, ip("10.77.0.107"), undefined);
    leases.withdrawOffer(client.mac);
    expect(leases.addressOf(client.mac)).toBe("10.77.0.100");
  });
});

test("addresses are set aside up to an eighth of the pool; after that they are only freed", () => {
  const store = new NotedStore();
  const leases = keeper(store);
  const taken = [100, 101, 102, 103, 104].map((last) => leases.setAside(client.mac, ip(`10.77.0.${last}`)));
  expect(taken).toEqual([true, true, true, true, false]);
  expect(store.puts.map(({ state }) => state)).toEqual(Array(4).fill("declined"));
  expect(store.removed).toEqual(["10.77.0.104"]);
});

describe("an offer for whose address somebody else answers", () => {
  const held = ip("10.77.0.100");

  test("is taken back, and the address set aside", () => {
    const leases = keeper(new NotedStore());
    leases.offer(client.mac, held, undefined);
    expect(leases.setOfferAside(client.mac, held)).toBe(true);
    expect(leases.view().table.ofAddress(held, performance.now())).toMatchObject({ state: "declined" });
    expect(leases.view().table.ofMac(client.mac)).toBeUndefined();
  });

  test("stands where it is for a registered node", () => {
    const leases = keeper(new NotedStore());
    leases.offer(client.mac, held, {
      name: "n1",
      macs: [client.mac],
      status: "registered",
      kernelArguments: [],
    });
    expect(leases.setOfferAside(client.mac, held)).toBe(false);
    expect(leases.view().table.ofMac(client.mac)).toMatchObject({ state: "offered", address: held });
  });

  test("stands where the machine was offered another one since, or has taken it", () => {
    const leases = keeper(new NotedStore([lease()]));
    expect(leases.setOfferAside(client.mac, held)).toBe(false);
    expect(leases.setOfferAside(client.mac, ip("10.77.0.101"))).toBe(false);
    expect(leases.addressOf(client.mac)).toBe(held);
  });

  test("stands where as many are set aside as may be: made-up answers do not drain the pool", () => {
    const leases = keeper(new NotedStore());
    const aside = [100, 101, 102, 103, 104].map((last) => {
      leases.offer(client.mac, ip(`10.77.0.${last}`), undefined);
      return leases.setOfferAside(client.mac, ip(`10.77.0.${last}`));
    });
    expect(aside).toEqual([true, true, true, true, false]);
    expect(leases.view().table.ofMac(client.mac)).toMatchObject({ state: "offered", address: "10.77.0.104" });
  });
});
