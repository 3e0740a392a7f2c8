/** Switches that make up their neighbours. */
import { expect, test } from "vitest";
import { mergeFabric } from "#src/fabric/merge.ts";
import type { SwitchReading } from "#src/fabric/reading.ts";
import { heard, hears, hostMac, learnt, reading, scan, switchMac } from "./hand_made.ts";

const loud = (number: number, count: number, first = 1000): SwitchReading =>
  reading(number, {
    neighbours: Array.from({ length: count }, (_, at) =>
      hears((at % 8) + 1, first + at, 1, { addresses: [], systemName: `x${first + at}` }),
    ),
  });
const core = reading(1, {
  neighbours: [hears(1, 9, 1), hears(2, 900_002, 1), hears(3, 900_003, 1)],
  learned: [...learnt(2, hostMac(2), hostMac(3)), ...learnt(3, hostMac(4))],
});
const node = heard("n1", { host: 2, number: 900_004, far: 1 });
const endpoints = [{ name: "n1", macs: [hostMac(2)] }];

test("as many as there may be are all believed", () => {
  const { switches, contradictions } = mergeFabric(scan({ readings: [loud(9, 2000)] }));
  expect(switches).toHaveLength(2001);
  expect(contradictions.filter(({ kind }) => kind === "tooManySwitches")).toEqual([]);
});

test("of more than that those stay that others name, or whose witness names few; whatever the order", () => {
  const readings = [core, loud(9, 3000), loud(8, 10, 3990)];
  const fabric = mergeFabric(scan({ readings, heard: [node], endpoints }));
  const ids = fabric.switches.map(({ id }) => id);
  const real = [900_002, 900_003, 900_004].map(switchMac);
  const twice = Array.from({ length: 10 }, (_, at) => switchMac(3990 + at));
  expect(ids).toEqual(expect.arrayContaining([...real, ...twice]));
  expect(fabric.switches.filter(({ knowledge }) => knowledge === "seen")).toHaveLength(2000);
  expect(fabric.attachments.find(({ endpoint }) => endpoint === "n1")?.at.switch).toBe(switchMac(900_004));
  expect(fabric.contradictions.filter(({ kind }) => kind === "tooManySwitches")).toEqual([
    {
      kind: "tooManySwitches",
      at: [{ switch: switchMac(9) }],
      text: '3003 switches are named that nobody has read, most of them by "s9": the 2000 with the surest witnesses are believed',
    },
  ]);
  const turned = readings.toReversed().map((one) => ({ ...one, neighbours: one.neighbours.toReversed() }));
  expect(mergeFabric(scan({ readings: turned, heard: [node], endpoints }))).toEqual(fabric);
});

test("a machine that makes them up is named", () => {
  const lies = Array.from({ length: 2500 }, (_, at) => ({
    ...heard("n7", { host: 7, number: 1000 + at, far: 1 }),
    nic: `eth${at}`,
  }));
  const { contradictions } = mergeFabric(
    scan({ heard: lies, endpoints: [{ name: "n7", macs: [hostMac(7)] }] }),
  );
  expect(contradictions.find(({ kind }) => kind === "tooManySwitches")).toMatchObject({
    at: [],
    text: "2500 switches are named that nobody has read, most of them by n7: the 2000 with the surest witnesses are believed",
  });
});
