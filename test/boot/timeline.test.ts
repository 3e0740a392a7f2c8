/** Boots of machines as they come together from events. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_BOOTS, MAX_ENTRIES } from "#src/boot/timeline.ts";
import { NODE_LIMITS, STRANGER_LIMITS } from "#src/boot/timelines.ts";
import type { Observation } from "#src/events/observation.ts";
import type { Mac } from "#src/value/mac.ts";
import {
  agent,
  agentLost,
  asksFor,
  bootsOf,
  dhcp,
  discover,
  MAC,
  offer,
  power,
  script,
  sent,
  step,
  type Told,
  tell,
  timelines,
  toKernel,
  toLoader,
} from "./boot_story.ts";

const kindsOf = (story: readonly Told[]): string[] =>
  bootsOf(story).map(({ entries }) => entries.map(({ kind }) => kind).join(" "));

const DHCP = "discover offer request ack";
const BOOTED = `${DHCP} file ${DHCP} script kernel initramfs`;

const STORIES: readonly (readonly [string, readonly Told[], readonly string[]])[] = [
  [
    "a whole boot is one",
    [power(0, "cycle"), ...toKernel(5), ...dhcp(20, "system"), agent(22)],
    [`power ${BOOTED} ${DHCP} agent`],
  ],
  [
    "firmware that asks after its kernel began anew",
    [...toKernel(0), ...toLoader(60)],
    [BOOTED, `${DHCP} file`],
  ],
  [
    "firmware that asks after its loader began anew",
    [...toLoader(0), ...toLoader(20)],
    [`${DHCP} file`, `${DHCP} file`],
  ],
  ["an iPXE that was just loaded did not", [...toLoader(0), ...dhcp(3, "ipxe")], [`${DHCP} file ${DHCP}`]],
  [
    "the ROM's iPXE that asks after its script did",
    [...dhcp(0, "ipxe"), script(1, "local disk (x)"), ...dhcp(60, "ipxe")],
    [`${DHCP} localDisk`, DHCP],
  ],
  [
    "firmware that goes on asking did not",
    [discover(0), discover(4), discover(12), discover(28)],
    ["discover"],
  ],
  ["firmware that asks after an hour did", [discover(0), discover(3600)], ["discover", "discover"]],
  ["a slow self-test is part of its boot", [power(0, "on"), ...dhcp(600)], [`power ${DHCP}`]],
  ["a power command begins one", [...toKernel(0), power(30, "cycle")], [BOOTED, "power"]],
  [
    "a power command that was seen done late belongs to what it caused",
    [...toKernel(0), ...dhcp(41), power(45, "cycle", { tookMs: 8000 })],
    [BOOTED, `power ${DHCP}`],
  ],
  [
    "the deployment's power commands are one beginning",
    [
      step(0, "power-into-ramdisk"),
      power(1, "boot-network"),
      power(3, "cycle", { tookMs: 2000 }),
      discover(5),
    ],
    ["step power power discover"],
  ],
  ["a system that renews its address is none", [...dhcp(0, "system"), ...dhcp(450, "system")], []],
  [
    "the installed system is heard once",
    [...dhcp(0), script(1, "local disk (x)"), ...dhcp(30, "system"), ...dhcp(480, "system")],
    [`${DHCP} localDisk ${DHCP}`],
  ],
  [
    "a disk that boots past the network is a boot",
    [...toKernel(0), agent(20), agentLost(90), ...dhcp(120, "system")],
    [`${BOOTED} agent agentLost`, DHCP],
  ],
  [
    "a disk that boots past the network while the agent is not known to be gone is a boot",
    [
      ...[...toKernel(0), discover(19, "system", 0, { xid: 1 }), ...dhcp(20, "system"), agent(22)],
      discover(90, "system", 0, { xid: 2 }),
    ],
    [`${BOOTED} ${DHCP} agent`, "discover"],
  ],
  [
    "the ramdisk that asks once more in the same exchange is none",
    [
      ...[...toKernel(0), discover(19, "system", 0, { xid: 1 }), ...dhcp(20, "system"), agent(22)],
      discover(23, "system", 0, { xid: 1 }),
    ],
    [`${BOOTED} ${DHCP} agent`],
  ],
  [
    "a card in another machine begins anew, though the boot before was not further",
    [discover(0, "pxe", 0, { uuid: "aa" }), discover(40, "pxe", 0, { uuid: "bb" })],
    ["discover", "discover"],
  ],
  [
    "firmware and iPXE that spell the UUID in two ways are one machine",
    [
      ...[discover(0, "pxe", 0, { uuid: "aa" }), ...toLoader(0.1)],
      ...[discover(4, "ipxe", 0, { uuid: "bb" }), discover(5, "ipxe", 0, { uuid: "bb" })],
    ],
    [`${DHCP} file discover`],
  ],
  ["an agent of another time says nothing", [agentLost(0)], []],
  [
    "a transfer that ended takes the place of its beginning",
    [...dhcp(0), asksFor(1, "loaders/snponly.efi"), sent(2, "loaders/snponly.efi", 1000)],
    [`${DHCP} file`],
  ],
  [
    "switched off is over",
    [...toLoader(0), power(10, "off"), ...toLoader(100)],
    [`${DHCP} file powerOff`, `${DHCP} file`],
  ],
];
test.each(STORIES)("%s", (_, story, kinds) => {
  expect(kindsOf(story)).toEqual(kinds);
});

test("what repeats in turn is counted", () => {
  const [boot] = bootsOf([0, 4, 12].flatMap((atSec) => [discover(atSec), offer(atSec + 0.01)]));
  expect(boot?.entries).toMatchObject([
    { kind: "discover", atMs: 0, times: 3, lastAtMs: 12_000 },
    { kind: "offer", times: 3 },
  ]);
});

test("a machine's clock that runs fast puts its kernel before nothing that it was fetched with", () => {
  const [boot] = bootsOf([...toKernel(0), [20, { kind: "kernelUp", node: "node1", uptimeMs: 1e9 }]]);
  expect(boot).toMatchObject({ startedAtMs: 0 });
  expect(boot?.entries.at(-1)).toMatchObject({ kind: "kernelUp", atMs: 8000 });
});

test("what takes time stands where it began", () => {
  const [boot] = bootsOf([
    ...toKernel(0),
    [20, { kind: "kernelUp", node: "node1", uptimeMs: 11_000 }],
    [30, { kind: "stepStarted", deployment: "d1", node: "node1", step: "mount", attempt: 2 }],
    agent(31),
    [32, { kind: "stepFinished", deployment: "d1", node: "node1", step: "mount", tookMs: 2000 }],
  ]);
  expect(boot?.entries.slice(-4)).toMatchObject([
    { kind: "initramfs", atMs: 5500, tookMs: 2500 },
    { kind: "kernelUp", atMs: 9000 },
    { kind: "step", words: "mount (attempt 2)", atMs: 30_000, tookMs: 2000 },
    { kind: "agent" },
  ]);
});

const strange = (index: number): Mac =>
  `02:00:00:00:${(index >> 8).toString(16).padStart(2, "0")}:${(index & 255).toString(16).padStart(2, "0")}` as Mac;

const strangeDiscover = (index: number): Observation => ({
  ...{ kind: "dhcpAsked", mac: strange(index), message: "discover", program: "pxe" },
  ...{ archCode: 7, secs: 0, address: undefined },
});

describe("bounds", () => {
  test("of boots and their entries", () => {
    const boots = Array.from({ length: 20 }, (_, index) => toLoader(index * 1000)).flat();
    expect(bootsOf(boots)).toHaveLength(MAX_BOOTS);
    const [long] = bootsOf([
      ...dhcp(0),
      ...Array.from({ length: 500 }, (_, index) => sent(index + 1, `loaders/${index}`)),
    ]);
    expect(long).toMatchObject({ leftOut: 504 - MAX_ENTRIES, entries: { length: MAX_ENTRIES } });
    expect(long?.entries[0]?.kind).toBe("discover");
    expect(long?.entries.at(-1)?.words).toContain("loaders/499");
  });

  test("made-up machines push out each other and no node", () => {
    const all = timelines();
    tell(all, toKernel(0));
    const kept = all.of([MAC]);
    for (let index = 0; index < 50_000; index++) all.observe(strangeDiscover(index), index);
    expect(all.kept.machines).toBe(STRANGER_LIMITS.machines + 1);
    expect(all.of([MAC])).toEqual(kept);
  });

  test("many entries of many machines stay within the limit, and the newest boot of each is the last to go", () => {
    const all = timelines();
    const machines = 400;
    for (let boot = 0; boot < 5; boot++)
      for (let index = 0; index < machines; index++) {
        all.observe(strangeDiscover(index), boot * 1e6);
        for (let entry = 0; entry < 20; entry++) {
          const because = `reason ${entry}`;
          const refusal = { kind: "dhcpUnanswered", mac: strange(index), program: "pxe" } as const;
          all.observe({ ...refusal, because, chosen: undefined }, boot * 1e6 + entry);
        }
      }
    expect(all.kept.entries).toBeLessThanOrEqual(STRANGER_LIMITS.entries);
    expect(all.kept.machines).toBe(machines);
    expect(NODE_LIMITS.entries).toBeGreaterThan(STRANGER_LIMITS.entries);
  });
});

const anyTold: fc.Arbitrary<Told> = fc
  .tuple(
    fc.integer({ min: -1000, max: 1_000_000 }),
    fc.constantFrom(
      ...[...dhcp(0), ...dhcp(0, "ipxe"), ...dhcp(0, "system"), ...toKernel(0), agent(0), agentLost(0)],
      ...[power(0, "on"), power(0, "off"), power(0, "cycle", { ok: false }), step(0, "power-into-ramdisk")],
      ...[asksFor(0, "x"), step(0, "leave-ramdisk")],
    ),
  )
  .map(([atSec, [, what]]) => [atSec, what] as const);

test("whatever comes in whatever order is kept within bounds and by time", () => {
  fc.assert(
    fc.property(fc.array(anyTold, { maxLength: 300 }), (story) => {
      const boots = bootsOf(story);
      expect(boots.length).toBeLessThanOrEqual(MAX_BOOTS);
      for (const { entries, startedAtMs } of boots) {
        expect(entries.length).toBeLessThanOrEqual(MAX_ENTRIES);
        const times = entries.map(({ atMs }) => atMs);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(times[0]).toBe(startedAtMs);
      }
    }),
    { numRuns: 200 },
  );
});
