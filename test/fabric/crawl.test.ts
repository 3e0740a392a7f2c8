import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Crawl, prefixOf } from "#src/fabric/crawl.ts";
import { switchAddresses } from "#src/fabric/crawl_machines.ts";
import type { SwitchNeighbour, SwitchReading } from "#src/fabric/reading.ts";
import type { ScanPrefix } from "#src/fabric/scan_types.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { ip } from "#test/dhcp/packets.ts";
import { heard, hostMac, macChassis, macPort, textChassis, textPort } from "./hand_made.ts";
import { parseSubnet } from "./prefixes.ts";

const community = (name: string) => ({ version: "2c", community: name }) as const;
const TEN: ScanPrefix = { prefix: parseSubnet("10.0.0.0/8"), credentials: [community("a"), community("b")] };

type Made = {
  readonly names?: readonly Ipv4[];
  readonly own?: readonly Ipv4[];
  readonly macs?: readonly string[];
  readonly isBridge?: boolean;
  readonly gaps?: SwitchReading["gaps"];
};

const neighbour = (address: Ipv4, isBridge: boolean | undefined): SwitchNeighbour => ({
  ...{ protocol: "lldp", ifIndex: 1, portDescription: "", systemName: "", systemDescription: "" },
  chassisId: textChassis("x"),
  portId: textPort("x"),
  ...{ addresses: [address], isBridge },
});

const reading = (
  address: Ipv4,
  { names = [], own = [], macs = [], isBridge, gaps = [] }: Made,
): SwitchReading => ({
  ...{ address, takenAtMs: 0, gaps, system: { name: "s", description: "", objectId: "" } },
  ...{ ownMacs: macs as readonly Mac[], ownAddresses: own, members: [], ports: [], lags: [] },
  ...{ neighbours: names.map((name) => neighbour(name, isBridge)), learned: [], arp: [] },
});

const start = (seeds: readonly string[], prefixes: readonly ScanPrefix[] = [TEN], switches = 100): Crawl =>
  new Crawl({ seeds: seeds.map(ip), prefixes, switches });

describe("whom it asks", () => {
  test("seeds, then whom those name; each once; nobody outside", () => {
    const crawl = start(["10.0.0.1", "10.0.0.1", "192.0.2.1"]);
    expect(crawl.next()?.address).toBe("10.0.0.1");
    expect(crawl.next()).toBeUndefined();
    crawl.take(
      ip("10.0.0.1"),
      reading(ip("10.0.0.1"), { names: ["10.0.0.2", "10.0.0.1", "192.0.2.2"].map(ip) }),
      0,
    );
    expect(crawl.next()?.address).toBe("10.0.0.2");
    crawl.take(ip("10.0.0.2"), reading(ip("10.0.0.2"), { names: ["10.0.0.1", "192.0.2.2"].map(ip) }), 0);
    expect(crawl.next()).toBeUndefined();
    expect(crawl.finish().notes).toEqual([
      { kind: "outside", address: "192.0.2.1", namedBy: "192.0.2.1" },
      { kind: "outside", address: "192.0.2.2", namedBy: "10.0.0.1" },
    ]);
  });

  test("no machine that says that it is no bridge", () => {
    const crawl = start(["10.0.0.1"]);
    crawl.next();
    crawl.take(ip("10.0.0.1"), reading(ip("10.0.0.1"), { names: [ip("10.0.0.2")], isBridge: false }), 0);
    expect(crawl.next()).toBeUndefined();
  });

  test("no address that a switch has that was read; silence at one of them is none", () => {
    const crawl = start(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    crawl.next();
    crawl.next();
    crawl.takeSilence(ip("10.0.0.2"), "noAnswer");
    crawl.take(
      ip("10.0.0.1"),
      reading(ip("10.0.0.1"), { own: ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(ip) }),
      0,
    );
    expect(crawl.next()).toBeUndefined();
    expect(crawl.finish()).toMatchObject({ silent: [], notes: [] });
  });
});

describe("nodes", () => {
  const one = ip("10.0.0.1");
  const host = ip("10.0.0.7");
  const endpoints = [{ name: "node7", macs: [hostMac(7)], addresses: [ip("10.0.0.70")] }];
  const asked = (says: Partial<SwitchNeighbour>, seeds = [one]): readonly (string | undefined)[] => {
    const crawl = new Crawl({ seeds, prefixes: [TEN], switches: 9, endpoints });
    const first = crawl.next()?.address;
    const neighbours = [{ ...neighbour(host, true), ...says }];
    crawl.take(one, { ...reading(one, {}), neighbours }, 0);
    return [first, crawl.next()?.address, crawl.next()?.address].filter((address) => address !== undefined);
  };

  test.each<[string, Partial<SwitchNeighbour>]>([
    ["chassis", { chassisId: macChassis(hostMac(7)) }],
    ["port", { portId: macPort(hostMac(7)) }],
    ["name", { systemName: "node7.cluster" }],
    ["address", { addresses: [host, ip("10.0.0.70")] }],
  ])("that say that they are bridges are not asked, known by %s", (_, says) => {
    expect(asked(says)).toEqual([one]);
    expect(asked({})).toEqual([one, host]);
  });

  test("are asked where the operator says so", () => {
    expect(asked({}, [ip("10.0.0.70")])).toEqual(["10.0.0.70", host]);
  });

  test("that the appliance hears are no beginning", () => {
    const managed = {
      address: { kind: "ipv4", address: host },
      ...{ numbering: "ifIndex" as const, interfaceNumber: 1, oid: undefined },
    } as const;
    const node = heard("(appliance)", { host: 1, number: 7, far: 1 }, { managementAddresses: [managed] });
    expect(switchAddresses([node], endpoints)).toEqual([host]);
    const known = { ...node, frame: { ...node.frame, chassisId: macChassis(hostMac(7)) } };
    const sent = { ...node, frame: { ...node.frame, source: hostMac(7) } };
    expect(switchAddresses([known, sent], endpoints)).toEqual([]);
  });
});

describe("all that it asks", () => {
  test("wherever switches point: inside, once, within the limit, and it ends", () => {
    const address = fc
      .tuple(fc.constantFrom("10.0.0.", "172.16.0."), fc.nat({ max: 12 }))
      .map(([net, host]) => ip(`${net}${host}`));
    fc.assert(
      fc.property(
        fc.array(address, { maxLength: 5 }),
        fc.array(fc.array(address, { maxLength: 6 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 8 }),
        (seeds, named, switches) => {
          const crawl = new Crawl({ seeds, prefixes: [TEN], switches });
          const asked: Ipv4[] = [];
          for (let task = crawl.next(); task; task = crawl.next()) {
            asked.push(task.address);
            const names = named[asked.length % named.length] ?? [];
            if (names.length === 0) crawl.takeSilence(task.address, "noAnswer");
            else crawl.take(task.address, reading(task.address, { names }), 0);
          }
          expect(new Set(asked).size).toBe(asked.length);
          expect(asked.length).toBeLessThanOrEqual(switches);
          expect(asked.every((one) => one.startsWith("10."))).toBe(true);
        },
      ),
    );
  });
});

describe("switches that name everybody", () => {
  const addressAt = (number: number): Ipv4 => ip(`10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`);

  test("have so many asked that others have their turn too, and what is left out is counted", () => {
    const crawl = start(["10.250.0.1", "10.250.0.2"], [TEN], 5000);
    const [one, two] = [crawl.next(), crawl.next()].map((task) => task?.address ?? ip("0.0.0.0"));
    if (!one || !two) throw new Error("Nobody is asked");
    const names = Array.from({ length: 4096 }, (_, at) => addressAt(at));
    crawl.take(one, reading(one, { names: [...names, ip("192.0.2.1")] }), 0);
    crawl.take(two, reading(two, { names: [ip("10.240.0.1")] }), 0);
    const asked: unknown[] = [];
    for (let task = crawl.next(); task; task = crawl.next()) asked.push(task.address);
    expect(asked).toEqual([...names.slice(0, 1024), "10.240.0.1"]);
    expect(crawl.finish().notes).toEqual([{ kind: "limit", limit: "switches", left: 4096 - 1024 }]);
  });

  test("and are hundreds with hundreds of addresses of their own: none of these is left to be asked", () => {
    let number = 0;
    const some = (count: number): readonly Ipv4[] => Array.from({ length: count }, () => addressAt(number++));
    const crawl = start([], [TEN], 500);
    for (const address of some(100)) {
      const own = some(256);
      const neighbours = [{ ...neighbour(address, true), addresses: [...own, ...some(4096)] }];
      crawl.take(address, { ...reading(address, { own }), neighbours }, 0);
    }
    expect(crawl.finish().notes).toEqual([{ kind: "limit", limit: "switches", left: 100 * 4096 }]);
  });
});

describe("credentials", () => {
  const longer: ScanPrefix = {
    prefix: parseSubnet("10.1.0.0/16"),
    credentials: [community("c")],
    port: 1161,
  };

  test("of the longest prefix, in whatever order they stand", () => {
    for (const prefixes of [
      [TEN, longer],
      [longer, TEN],
    ]) {
      expect(prefixOf(ip("10.1.2.3"), prefixes)).toBe(longer);
      expect(prefixOf(ip("10.2.2.3"), prefixes)).toBe(TEN);
      expect(prefixOf(ip("11.0.0.1"), prefixes)).toBeUndefined();
    }
  });

  test("in their order; what was taken the last time first", () => {
    const taken = [
      { address: ip("10.0.0.1"), credentials: 1 },
      { address: ip("10.0.0.2"), credentials: 7 },
    ];
    const crawl = new Crawl({
      seeds: ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(ip),
      prefixes: [TEN],
      switches: 9,
      taken,
    });
    const places = [crawl.next(), crawl.next(), crawl.next()].map((task) => task?.places);
    expect(places).toEqual([
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
  });
});

describe("one switch under two addresses", () => {
  const gaps = [{ table: "ifTable", reason: "deadline" }] as const;
  const [one, two] = [ip("10.0.0.1"), ip("10.0.0.2")];

  test("the whole reading stays, whichever comes first", () => {
    const first = start([one, two]);
    expect(first.take(one, reading(one, { macs: ["m"] }), 0)).toBeUndefined();
    expect(first.take(two, reading(two, { macs: ["m"], gaps }), 0)).toBe("again");
    const second = start([one, two]);
    expect(second.take(one, reading(one, { macs: ["m"], gaps }), 0)).toBeUndefined();
    expect(second.take(two, reading(two, { macs: ["m"] }), 0)).toBe(one);
  });

  test("two switches that share some MACs, or have none, are two", () => {
    const crawl = start([one, two]);
    crawl.take(one, reading(one, { macs: ["m", "n"] }), 0);
    expect(crawl.take(two, reading(two, { macs: ["m", "o"] }), 0)).toBeUndefined();
    const bare = start([one, two]);
    bare.take(one, reading(one, {}), 0);
    expect(bare.take(two, reading(two, {}), 0)).toBeUndefined();
  });

  test("an identity is somebody's once", () => {
    const crawl = start([one]);
    expect([crawl.claim("a"), crawl.claim("b"), crawl.claim("a")]).toEqual([true, true, false]);
  });
});

describe("what people should know", () => {
  test("a table that was cut for what the switch did, not for want of time", () => {
    const crawl = start(["10.0.0.1"]);
    crawl.next();
    const gaps = [
      { table: "a", reason: "loop" },
      { table: "b", reason: "deadline" },
    ] as const;
    crawl.take(ip("10.0.0.1"), reading(ip("10.0.0.1"), { gaps }), 0);
    expect(crawl.finish().notes).toEqual([{ kind: "tableCut", address: "10.0.0.1", gap: gaps[0] }]);
  });

  test.each([
    [undefined, { kind: "limit", limit: "switches", left: 2 }],
    ["deadline", { kind: "limit", limit: "deadline", left: 2 }],
    ["aborted", { kind: "aborted", left: 2 }],
  ] as const)("how many were not asked any more (%s)", (ended, note) => {
    const crawl = start(["10.0.0.1", "10.0.0.2", "10.0.0.3"], [TEN], 1);
    crawl.next();
    expect(crawl.next()).toBeUndefined();
    expect(crawl.finish(ended).notes).toEqual([note]);
  });

  test("thousands of addresses outside are not thousands of notes", () => {
    const crawl = start(Array.from({ length: 1000 }, (_, at) => `172.16.${at >> 8}.${at & 255}`));
    expect(crawl.finish().notes.length).toBe(200);
  });
});
