import fc from "fast-check";
import { expect, test } from "vitest";
import { type Holding, LeaseTable } from "#src/dhcp/leases.ts";
import { ipv4FromNumber, ipv4ToNumber } from "#src/value/ipv4.ts";
import { ip, mac } from "./packets.ts";

const pool = { first: ip("10.77.0.10"), last: ip("10.77.0.29") };
const nobody = (): boolean => false;
const macNumber = (index: number) =>
  mac(
    `52:54:00:00:${(index >> 8).toString(16).padStart(2, "0")}:${(index & 255).toString(16).padStart(2, "0")}`,
  );
const held = (part: Partial<Holding>): Holding => ({
  ...{ mac: macNumber(1), address: ip("10.77.0.12"), state: "bound", endsAtMs: 1000, isKnown: false },
  ...part,
});

test("a machine has one address: a new one frees the old", () => {
  const table = new LeaseTable({ pool });
  table.hold(held({ address: ip("10.77.0.12") }));
  table.hold(held({ address: ip("10.77.0.13") }));
  expect(table.ofAddress(ip("10.77.0.12"), 0)).toBeUndefined();
  expect(table.ofMac(macNumber(1))?.address).toBe("10.77.0.13");
  expect(table.freeAddresses).toBe(19);
});

test("the same machine is given the same free address again and again", () => {
  const table = new LeaseTable({ pool });
  const first = table.pickFree(macNumber(7), false, nobody);
  expect(new LeaseTable({ pool }).pickFree(macNumber(7), false, nobody)).toBe(first);
});

test("the appliance's own address is never given, though it lies in the pool", () => {
  const table = new LeaseTable({ pool: { first: ip("10.77.0.10"), last: ip("10.77.0.10") } }, [
    ip("10.77.0.10"),
  ]);
  expect(table.pickFree(macNumber(1), false, nobody)).toBeUndefined();
});

test("a holding that has run out holds nothing, and sweeping frees it", () => {
  const table = new LeaseTable({ pool });
  table.hold(held({ endsAtMs: 1000 }));
  expect(table.ofAddress(ip("10.77.0.12"), 999)?.mac).toBe(macNumber(1));
  expect(table.ofAddress(ip("10.77.0.12"), 1000)).toBeUndefined();
  expect(table.sweep(1000).map(({ address }) => address)).toEqual(["10.77.0.12"]);
  expect(table.freeAddresses).toBe(20);
});

test("an address set aside belongs to nobody, also not to who complained", () => {
  const table = new LeaseTable({ pool });
  table.hold(held({}));
  table.hold(held({ state: "declined" }));
  expect(table.ofMac(macNumber(1))).toBeUndefined();
  expect(table.declinedAddresses).toBe(1);
});

test.each([
  { what: "upside down", last: "10.77.0.9" },
  { what: "larger than memory is kept for", last: "10.79.0.0" },
])("a pool that is $what is refused with both ends named", ({ last }) => {
  expect(() => new LeaseTable({ pool: { first: pool.first, last: ip(last) } })).toThrow(
    `10.77.0.10 to ${last}`,
  );
});

test("whatever happens, the counters agree with the addresses and nobody shares one", () => {
  const action = fc.record({
    machine: fc.nat(30),
    offset: fc.integer({ min: -3, max: 22 }),
    state: fc.constantFrom("offered" as const, "bound" as const, "declined" as const),
    isKnown: fc.boolean(),
    endsAtMs: fc.nat(100),
    sweepAtMs: fc.option(fc.nat(100)),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
      const table = new LeaseTable({ pool });
      for (const { machine, offset, sweepAtMs, ...rest } of actions) {
        const address = ipv4FromNumber(ipv4ToNumber(pool.first) + offset);
        table.hold({ mac: macNumber(machine), address, ...rest });
        if (sweepAtMs !== null) table.sweep(sweepAtMs);
      }
      const all = Array.from({ length: 26 }, (_, index) =>
        ipv4FromNumber(ipv4ToNumber(pool.first) - 3 + index),
      ).flatMap((address) => table.ofAddress(address, -1) ?? []);
      const inPool = all.filter(({ address }) => table.inPool(address, false));
      const lessees = all.filter(({ state }) => state !== "declined");
      expect(new Set(lessees.map((holding) => holding.mac)).size).toBe(lessees.length);
      expect(table.freeAddresses).toBe(table.poolAddresses - inPool.length);
      expect(table.heldByKnown).toBe(
        inPool.filter(({ isKnown, state }) => isKnown && state !== "declined").length,
      );
      expect(table.declinedAddresses).toBe(all.filter(({ state }) => state === "declined").length);
    }),
  );
});

test("each pool tells how full it is", () => {
  const pools = {
    pool: { first: ip("10.77.0.100"), last: ip("10.77.0.109") },
    knownPool: { first: ip("10.77.0.50"), last: ip("10.77.0.53") },
  };
  const table = new LeaseTable(pools, [ip("10.77.0.100")]);
  const holder = { mac: mac("52:54:00:00:00:01"), state: "bound", endsAtMs: 1e9, isKnown: true } as const;
  table.hold({ ...holder, address: ip("10.77.0.51") });
  expect(table.uses()).toEqual([
    { ...pools.pool, addresses: 10, free: 9 },
    { ...pools.knownPool, addresses: 4, free: 3 },
  ]);
});
