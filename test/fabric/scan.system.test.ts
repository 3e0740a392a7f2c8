/** Whole scans, in their thread, of agents on this machine. */
import { execFileSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { compareOids } from "#src/fabric/oid_order.ts";
import type { SwitchReading } from "#src/fabric/reading.ts";
import { FabricScanner } from "#src/fabric/scan.ts";
import type { ScanOptions } from "#src/fabric/scan_types.ts";
import { VTP_VLAN_STATE } from "#src/fabric/snmp_tables.ts";
import type { Varbind } from "#src/fabric/snmp_value.ts";
import { ip } from "#test/dhcp/packets.ts";
import { parseSubnet } from "#test/fabric/prefixes.ts";
import { type Agent, type Answer, serve, startAgent } from "./snmp_agent.ts";
import { type MadeNeighbour, type MadeSwitch, switchRows } from "./switch_rows.ts";

const PORT = 16_110;
const LOOPBACK = {
  prefix: parseSubnet("198.18.7.0/24"),
  credentials: [{ version: "2c", community: "public" }],
  port: PORT,
} as const;
/** For benchmarks between machines, RFC 2544; on the loopback every address of it is ours. Loopback addresses proper are nobody's to name. */
const OURS: readonly string[] = ["address", "add", "198.18.0.1/15", "dev", "lo"];
beforeAll(() => void execFileSync("ip", OURS));
afterAll(() => void execFileSync("ip", OURS.with(1, "delete")));

const LIMITS = { switchDeadlineMs: 3000 } as const;

const macOf = (number: number): string => `02:00:00:00:${number.toString(16).padStart(2, "0")}:00`;
const addressOf = (number: number): string => `198.18.7.${number}`;
const seen = (port: number, number: number, address = addressOf(number)): MadeNeighbour => ({
  ...{ port, name: `sw${number}`, mac: macOf(number), portId: "p1", address },
});
const made = (
  number: number,
  neighbours: readonly MadeNeighbour[],
  rest: Partial<MadeSwitch> = {},
): MadeSwitch => ({
  ...{ name: `sw${number}`, mac: macOf(number), ports: 8, addresses: [addressOf(number)], neighbours },
  ...rest,
});

const start = (number: number, answer: Answer): Promise<Agent> =>
  startAgent(answer, { address: addressOf(number), port: PORT });
const startSwitch = (number: number, of: MadeSwitch): Promise<Agent> => start(number, serve(switchRows(of)));

const scan = (
  options: Partial<ScanOptions> = {},
  scanner = new FabricScanner(),
): ReturnType<FabricScanner["scan"]> =>
  scanner.scan({
    seeds: [ip(addressOf(1))],
    prefixes: [LOOPBACK],
    limits: LIMITS,
    signal: new AbortController().signal,
    ...options,
  });

const names = ({ readings }: { readings: readonly { system: { name: string } }[] }): readonly string[] =>
  readings.map(({ system }) => system.name).sort();

test("from the seed to all that can be reached: each once, silent ones named, nobody asked outside", async () => {
  await using one = await startSwitch(
    1,
    made(1, [seen(1, 2), seen(2, 3), seen(3, 9), seen(4, 8, "198.19.7.8")]),
  );
  // Known under two addresses, one of them named by a neighbour.
  await using two = await startSwitch(
    2,
    made(2, [seen(1, 1), seen(2, 4)], { addresses: [addressOf(2), addressOf(22)] }),
  );
  await using twoAgain = await startSwitch(
    22,
    made(2, [seen(1, 1)], { addresses: [addressOf(2), addressOf(22)] }),
  );
  await using three = await startSwitch(3, made(3, [seen(1, 1), seen(2, 2, addressOf(22))]));
  await using four = await startSwitch(4, made(4, [seen(1, 2)]));
  await using outside = await startAgent(serve([]), { address: "198.19.7.8", port: PORT });
  const result = await scan();
  expect(names(result)).toEqual(["sw1", "sw2", "sw3", "sw4"]);
  expect(result.silent).toEqual([{ address: "198.18.7.9", reason: "noAnswer" }]);
  expect(result.notes).toEqual([{ kind: "outside", address: "198.19.7.8", namedBy: "198.18.7.1" }]);
  expect(result.taken).toContainEqual({ address: "198.18.7.4", credentials: 0 });
  expect(outside.requests).toEqual([]);
  for (const agent of [one, two, three, four]) expect(agent.requests.length).toBeGreaterThan(0);
  const wholeWalk = two.requests.length;
  expect(twoAgain.requests.length).toBeLessThan(wholeWalk / 2);
});

test("credentials of the longest prefix, and what it took the last time first", async () => {
  const answer = serve(switchRows(made(1, [])));
  await using agent = await start(1, (request) => (request.community === "public" ? answer(request) : []));
  const close = {
    ...LOOPBACK,
    prefix: parseSubnet("198.18.7.0/26"),
    credentials: [{ version: "2c", community: "old" }, ...LOOPBACK.credentials],
  } as const;
  const wide = { ...LOOPBACK, credentials: [{ version: "2c", community: "wide" }] } as const;
  const result = await scan({ prefixes: [wide, close] });
  expect(names(result)).toEqual(["sw1"]);
  expect(result.taken).toEqual([{ address: "198.18.7.1", credentials: 1 }]);
  expect(new Set(agent.requests.map(({ community }) => community))).toEqual(new Set(["old", "public"]));
  agent.requests.length = 0;
  await scan({ prefixes: [wide, close], taken: result.taken });
  expect(new Set(agent.requests.map(({ community }) => community))).toEqual(new Set(["public"]));
});

describe("MACs per VLAN", () => {
  const vlan = (id: number, state: number): Varbind => ({
    oid: `${VTP_VLAN_STATE}.1.${id}`,
    value: { kind: "number", number: state },
  });
  const lists = (ids: readonly number[]): readonly Varbind[] => [
    ...ids.map((id) => vlan(id, 1)),
    vlan(300, 2),
    vlan(1002, 1),
  ];
  const catalyst = switchRows(made(1, []));
  const asked = ({ requests }: Agent): ReadonlySet<string> =>
    new Set(requests.map(({ community }) => community));

  test("as a Catalyst shows them", async () => {
    const perVlan = new Map([
      ["public", serve(inOrder([...catalyst, ...lists([1, 10])]))],
      ["public@1", serve(ownSystem)],
      ["public@10", serve([...ownSystem, ...bridgeRows("0.1.2.3.4.5", 3)])],
    ]);
    await using agent = await start(1, (request) => perVlan.get(request.community)?.(request) ?? []);
    const { readings } = await scan();
    expect(readings[0]?.learned).toEqual([{ mac: "00:01:02:03:04:05", ifIndex: 3, vlanId: 10 }]);
    expect(asked(agent)).toEqual(new Set(["public", "public@1", "public@10"]));
  });

  test("a switch that shows one table whatever is asked has one", async () => {
    const all = serve(
      inOrder([...catalyst, ...bridgeRows("0.1.2.3.4.5", 3), ...lists([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])]),
    );
    await using agent = await start(1, all);
    const { readings } = await scan();
    expect(readings[0]?.learned).toEqual([{ mac: "00:01:02:03:04:05", ifIndex: 3 }]);
    expect(readings[0]?.gaps).toEqual([]);
    expect(asked(agent).size).toBeLessThan(8);
  });

  test.each<[string, readonly Varbind[], SwitchReading["gaps"]]>([
    ["with a table of its own: that is the whole", bridgeRows("0.1.2.3.4.5", 3), []],
    ["without one: its MACs are missing", [], [{ table: "dot1dTpFdbTable of VLAN 1", reason: "noAnswer" }]],
  ])("a switch that does not answer for a VLAN, %s", async (_, own, gaps) => {
    const answer = serve(inOrder([...catalyst, ...own, ...lists([1, 10])]));
    await using agent = await start(1, (request) => (request.community === "public" ? answer(request) : []));
    const { readings } = await scan({ limits: { switchDeadlineMs: 10_000 } });
    expect(readings[0]?.gaps).toEqual(gaps);
    expect(asked(agent)).toEqual(new Set(["public", "public@1"]));
  });
});

const inOrder = (rows: readonly Varbind[]): readonly Varbind[] => [
  ...new Map(
    rows.toSorted((left, right) => compareOids(left.oid, right.oid)).map((row) => [row.oid, row]),
  ).values(),
];
const ownSystem: readonly Varbind[] = switchRows(made(1, [])).filter(({ oid }) =>
  oid.startsWith("1.3.6.1.2.1.1."),
);

const bridgeRows = (
  mac: string,
  port: number,
): { oid: string; value: { kind: "number"; number: number } }[] => [
  { oid: `1.3.6.1.2.1.17.1.4.1.2.${port}`, value: { kind: "number", number: port } },
  { oid: `1.3.6.1.2.1.17.4.3.1.2.${mac}`, value: { kind: "number", number: port } },
  { oid: `1.3.6.1.2.1.17.4.3.1.3.${mac}`, value: { kind: "number", number: 3 } },
];

describe("limits", () => {
  test("of switches: the rest is counted", async () => {
    await using one = await startSwitch(1, made(1, [seen(1, 2), seen(2, 3)]));
    const result = await scan({ limits: { ...LIMITS, switches: 1 } });
    expect(names(result)).toEqual(["sw1"]);
    expect(result.notes).toEqual([{ kind: "limit", limit: "switches", left: 2 }]);
    expect(one.requests.length).toBeGreaterThan(0);
  });

  test("of time: what was read by then is there, the switch that was being read is silent", async () => {
    await using one = await startSwitch(1, made(1, [seen(1, 9), seen(2, 10)]));
    const result = await scan({
      limits: { ...LIMITS, switchDeadlineMs: 60_000, scanDeadlineMs: 1500, concurrency: 1 },
    });
    expect(names(result)).toEqual(["sw1"]);
    expect(result.silent).toEqual([{ address: "198.18.7.9", reason: "deadline" }]);
    expect(result.notes).toEqual([{ kind: "limit", limit: "deadline", left: 1 }]);
    expect(one.requests.length).toBeGreaterThan(0);
  });

  test.each([
    [2, 2],
    [100, 3],
  ])("of requests on their way: of %i, %i are sent to a switch that has gone silent", async (most, sent) => {
    const answer = serve(switchRows(made(1, [])));
    let isFirst = true;
    await using agent = await start(1, (request) => {
      const replies = isFirst ? answer(request) : [];
      isFirst = false;
      return replies;
    });
    await scan({ limits: { switchDeadlineMs: 1500, requestsInFlight: most } });
    const unanswered = new Set(agent.requests.slice(1).map(({ requestId }) => requestId));
    expect(unanswered.size).toBe(sent);
  });
});

describe("its end", () => {
  test("aborted: partial, at once", async () => {
    const ended = new AbortController();
    const silent = ip(addressOf(9));
    const scanned = scan({ seeds: [silent], signal: ended.signal, limits: { switchDeadlineMs: 60_000 } });
    ended.abort();
    const result = await scanned;
    expect(result.readings).toEqual([]);
    expect(result.notes.map(({ kind }) => kind)).toEqual(["aborted"]);
  });

  test("aborted while the thread hears nothing: it is ended", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const startWorker = (): Worker => new Worker("for (;;);", { eval: true });
      const ended = new AbortController();
      const scanned = scan({ signal: ended.signal }, new FabricScanner({ startWorker }));
      await Promise.resolve();
      ended.abort();
      vi.advanceTimersByTime(5000);
      expect((await scanned).notes).toEqual([{ kind: "threadEnded" }]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("a thread that dies: a note, and the next scan has a new one", async () => {
    await using one = await startSwitch(1, made(1, []));
    let threads = 0;
    const scanner = new FabricScanner({
      startWorker: (workerData) => {
        const script = new URL("../../src/fabric/crawl_worker.ts", import.meta.url);
        return threads++ === 0
          ? new Worker("throw new Error('out of memory')", { eval: true })
          : new Worker(script, { workerData, execArgv: [] });
      },
    });
    const [first, second] = await Promise.all([scan({}, scanner), scan({}, scanner)]);
    expect(first.notes).toEqual([{ kind: "threadEnded" }]);
    expect(names(second)).toEqual(["sw1"]);
    expect(one.requests.length).toBeGreaterThan(0);
  });
});
