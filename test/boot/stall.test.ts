/** Where a boot stands still, and what is said of it: a row for each cause. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { delaysOf, type StallCause, stallOf } from "#src/boot/stall.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
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
  toKernel,
  toLoader,
  toScript,
  unanswered,
  withoutLoader,
} from "./boot_story.ts";

const tokenRefused = (atSec: number): Told => [
  atSec,
  { kind: "tokenRefused", peer: "10.77.0.101", mac: MAC, because: "the token is too old" },
];

type Row = {
  readonly story: readonly Told[];
  /** A moment at which nothing is wrong yet, and one at which it stands still. */
  readonly fineSec: number;
  readonly stalledSec: number;
  readonly says: RegExp;
};

const CAUSES: Readonly<Record<StallCause, Row>> = {
  notHeard: {
    story: [power(0, "on")],
    fineSec: 50,
    stalledSec: 61,
    says: /boot order.*cable.*spanning tree/,
  },
  powerFailed: {
    story: [power(0, "on", { ok: false })],
    fineSec: -1,
    stalledSec: 0,
    says: /power control failed/,
  },
  notAnswered: {
    story: [discover(0), unanswered(0, "no address of the pool is free for it"), discover(8)],
    fineSec: 8,
    stalledSec: 11,
    says: /no address of the pool is free/,
  },
  noAddress: {
    story: [0, 4, 12, 28].map((atSec) => discover(atSec)),
    fineSec: 12,
    stalledSec: 28,
    says: /4 times.*another DHCP server/,
  },
  offerNotTaken: {
    story: [0, 4, 12, 28].flatMap((atSec) => [discover(atSec), offer(atSec)]),
    fineSec: 12,
    stalledSec: 28,
    says: /4 times.*relay, VLAN/,
  },
  otherServer: {
    story: [discover(0), offer(0), unanswered(2, "", "10.77.0.9" as Ipv4)],
    fineSec: 5,
    stalledSec: 13,
    says: /takes the offer of 10\.77\.0\.9/,
  },
  noLoader: {
    story: [discover(0), offer(0), withoutLoader(0, "there is no loader for architecture 6")],
    fineSec: 2,
    stalledSec: 6,
    says: /no loader for architecture 6/,
  },
  loaderNotFetched: { story: dhcp(0), fineSec: 20, stalledSec: 31, says: /UDP port 69.*firewall/ },
  transferStuck: {
    story: [...dhcp(0), asksFor(1, "loaders/snponly.efi")],
    fineSec: 20,
    stalledSec: 32,
    says: /fetches loaders\/snponly\.efi.*large packets/,
  },
  loaderSilent: { story: toLoader(0), fineSec: 20, stalledSec: 32, says: /does not drive this network card/ },
  scriptNotFetched: {
    story: [...toLoader(0), ...dhcp(3, "ipxe")],
    fineSec: 20,
    stalledSec: 34,
    says: /TCP port 8080/,
  },
  kernelMissing: { story: toScript(0), fineSec: 50, stalledSec: 65, says: /HTTP is blocked/ },
  initramfsMissing: {
    story: [...toScript(0), sent(5, "ramdisk/vmlinuz")],
    fineSec: 50,
    stalledSec: 66,
    says: /initramfs was not/,
  },
  kernelSilent: { story: toKernel(0), fineSec: 90, stalledSec: 99, says: /no driver.*memory/ },
  ramdiskNoAddress: {
    story: [...toKernel(0), ...[20, 30, 70, 90].map((atSec) => discover(atSec, "system"))],
    fineSec: 70,
    stalledSec: 90,
    says: /does not take one/,
  },
  agentSilent: {
    story: [...toKernel(0), ...dhcp(20, "system")],
    fineSec: 70,
    stalledSec: 81,
    says: /TCP port 7800/,
  },
  agentRefused: {
    story: [...toKernel(0), ...dhcp(20, "system"), tokenRefused(22)],
    fineSec: 22,
    stalledSec: 28,
    says: /the token is too old/,
  },
  agentGone: {
    story: [...toKernel(0), agent(20), agentLost(30)],
    fineSec: 40,
    stalledSec: 61,
    says: /the connection ended.*crashed/,
  },
};

const stallAt = (story: readonly Told[], atSec: number) => {
  const boot = bootsOf(story.filter(([toldSec]) => toldSec <= atSec)).at(-1);
  return boot && stallOf(boot, atSec * 1000);
};

test.each(Object.entries(CAUSES))("%s", (cause, { story, fineSec, stalledSec, says }) => {
  expect(stallAt(story, fineSec)).toBeUndefined();
  const stall = stallAt(story, stalledSec);
  expect(stall).toMatchObject({ cause, words: expect.stringMatching(says) });
  expect(stall?.advice).not.toBe("");
});

const FINE: readonly (readonly [string, readonly Told[]])[] = [
  ["the agent is there", [...toKernel(0), ...dhcp(20, "system"), agent(22)]],
  ["it was told to boot its disk", [...dhcp(0, "ipxe"), script(1, "local disk (nothing was asked for)")]],
  ["it left the ramdisk as it should", [...toKernel(0), agent(22), step(60, "leave-ramdisk"), agentLost(61)]],
  ["it was switched off", [...toLoader(0), power(5, "off")]],
];
test.each(FINE)("nothing is wrong an hour later when %s", (_, story) => {
  expect(stallAt(story, 3600)).toBeUndefined();
});

test("a machine that began anew by itself stood still, however short", () => {
  const [first, second] = bootsOf([...toLoader(0), ...toLoader(9)]);
  expect(first && stallOf(first, 10_000)?.cause).toBe("loaderSilent");
  expect(second && stallOf(second, 10_000)).toBeUndefined();
});

test("an agent that went unasked before its machine began anew crashed", () => {
  const lived = [...toKernel(0), agent(20), agentLost(30)];
  const ends: readonly [Told[], string | undefined][] = [
    [dhcp(32), "agentGone"],
    [[power(32, "cycle")], undefined],
  ];
  for (const [end, cause] of ends) {
    const [boot] = bootsOf([...lived, ...end]);
    expect(boot && stallOf(boot, 60_000)?.cause).toBe(cause);
  }
});

test("one that was switched off and on is judged by the time that it had", () => {
  const [first] = bootsOf([...toLoader(0), power(9, "cycle")]);
  expect(first && stallOf(first, 3_600_000)).toBeUndefined();
  const [later] = bootsOf([...toLoader(0), power(60, "cycle")]);
  expect(later && stallOf(later, 3_600_000)?.cause).toBe("loaderSilent");
});

const SECS: readonly (readonly [string, number, number | undefined])[] = [
  ["at once", 0, undefined],
  ["after the link came up", 4, undefined],
  ["after 30 s of a blocked port", 30, 30],
  ["in the wrong byte order", 0x1e00, 30],
];
test.each(SECS)("first heard %s", (_, secs, waitedSec) => {
  const [boot] = bootsOf(dhcp(40, "pxe", secs));
  const delays = boot ? delaysOf(boot) : [];
  expect(delays.map((delay) => delay.waitedSec)).toEqual(waitedSec === undefined ? [] : [waitedSec]);
  for (const { words, advice } of delays) expect(words + advice).toMatch(/spanning tree.*portfast/);
});

test("whatever was seen, judging it does not throw", () => {
  const told = Object.values(CAUSES).flatMap(({ story }) => story);
  fc.assert(
    fc.property(fc.shuffledSubarray(told), fc.integer(), (story, nowMs) => {
      for (const boot of bootsOf(story)) {
        stallOf(boot, nowMs);
        delaysOf(boot);
      }
    }),
  );
});
