import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Layout, Size } from "#src/deploy/layout/layout.ts";
import { type DiskPlan, planDisk, whyNotFirmware } from "#src/deploy/layout/plan_disk.ts";
import { LAYOUTS } from "../bundled_layouts.ts";

const MIB = 2 ** 20;
const GB = 1e9;
const NO_NEED = { rootBytes: 0 };

const size: fc.Arbitrary<Size> = fc.oneof(
  fc.record({ kind: fc.constant("bytes" as const), bytes: fc.integer({ min: MIB, max: 2 ** 33 }) }),
  fc.record({ kind: fc.constant("percent" as const), percent: fc.integer({ min: 1, max: 100 }) }),
);
const PLAIN = { mountOptions: [], mkfsOptions: [], filesystem: "none" } as const;

/** Partitions with nothing in them, one with the rest or none. */
const layouts: fc.Arbitrary<Layout> = fc
  .record({
    table: fc.constantFrom("gpt" as const, "mbr" as const),
    sizes: fc.array(size, { minLength: 1, maxLength: 6 }),
    rest: fc.option(fc.nat({ max: 5 })),
  })
  .map(({ table, sizes, rest }) => {
    const all = sizes.map((one, index) => (index === rest ? ({ kind: "rest" } as const) : one));
    const partitions = all.map((one, index) => ({
      ...PLAIN,
      ...{ role: { kind: "data" as const }, name: `p${index}`, size: one },
    }));
    return { ...{ name: "any", description: "", table, disks: 1, partitions, arrays: [], groups: [] } };
  });

const disks = fc.record({
  bytes: fc.integer({ min: 512 * 100, max: 2 ** 45 }).map((bytes) => bytes - (bytes % 4096)),
  sectorBytes: fc.constantFrom(512, 4096),
});

const ends = ({ partitions }: DiskPlan): readonly number[] =>
  partitions.map(({ startSector, sectors }) => startSector + sectors);

test("partitions never overlap, lie on full MiB in order, and within the disk", () => {
  fc.assert(
    fc.property(layouts, disks, (layout, disk) => {
      const planned = planDisk(layout, disk, NO_NEED);
      if (!planned.ok) return;
      const { plan } = planned;
      const alignment = MIB / disk.sectorBytes;
      let last = alignment;
      for (const { startSector, sectors } of plan.partitions) {
        expect(startSector % alignment).toBe(0);
        expect(sectors % alignment).toBe(0);
        expect(sectors).toBeGreaterThan(0);
        expect(startSector).toBeGreaterThanOrEqual(last);
        last = startSector + sectors;
      }
      // 128 entries of 128 bytes and a header lie behind a GPT's last partition.
      const tail = layout.table === "gpt" ? 16_384 + disk.sectorBytes : 0;
      expect(last * disk.sectorBytes + tail).toBeLessThanOrEqual(disk.bytes);
      if (layout.table === "mbr") expect(last).toBeLessThanOrEqual(2 ** 32 - 1);
    }),
    { numRuns: 2000 },
  );
});

test("sizes are what was asked for, and the rest is all of it", () => {
  fc.assert(
    fc.property(layouts, disks, (layout, disk) => {
      const planned = planDisk(layout, disk, NO_NEED);
      if (!planned.ok) return;
      for (const { spec, sectors } of planned.plan.partitions) {
        const bytes = sectors * disk.sectorBytes;
        if (spec.size.kind === "bytes") expect(bytes - spec.size.bytes).toBeGreaterThanOrEqual(0);
        if (spec.size.kind === "bytes") expect(bytes - spec.size.bytes).toBeLessThan(MIB);
      }
      if (layout.table === "mbr" || !layout.partitions.some(({ size: { kind } }) => kind === "rest")) return;
      const end = (ends(planned.plan).at(-1) ?? 0) * disk.sectorBytes;
      expect(disk.bytes - end).toBeLessThan(2 * MIB);
    }),
    { numRuns: 1000 },
  );
});

test("the disk that a refusal names is the least that will do", () => {
  const layout = LAYOUTS.get("default") as Layout;
  const refused = planDisk(layout, { bytes: GB, sectorBytes: 512 }, { rootBytes: 4 * GB });
  expect(refused).toEqual({ ok: false, why: "has 1 GB, the image with layout default needs 4.3 GB" });
  expect(planDisk(layout, { bytes: 4.3 * GB, sectorBytes: 512 }, { rootBytes: 4 * GB }).ok).toBe(true);
  expect(planDisk(layout, { bytes: 4.2 * GB, sectorBytes: 512 }, { rootBytes: 4 * GB }).ok).toBe(false);
});

describe.each([...LAYOUTS.values()])("layout $name", (layout) => {
  test.each([512, 4096])("fits a disk of 100 GB with sectors of %i bytes", (sectorBytes) => {
    expect(planDisk(layout, { bytes: 100 * GB, sectorBytes }, { rootBytes: 10 * GB }).ok).toBe(true);
  });

  test("says of a disk that is too small how large it must be", () => {
    const planned = planDisk(layout, { bytes: 50 * MIB, sectorBytes: 512 }, { rootBytes: GB });
    expect(planned).toMatchObject({
      ok: false,
      why: expect.stringMatching(/^has 0.1 GB, .* needs [\d.]+ GB$/),
    });
  });
});

test("default is what every installation before had", () => {
  const planned = planDisk(LAYOUTS.get("default") as Layout, { bytes: 2 * GB, sectorBytes: 512 }, NO_NEED);
  if (!planned.ok) throw new Error(planned.why);
  expect(planned.plan.partitions.map(({ startSector, sectors }) => [startSector, sectors])).toEqual([
    [2048, 2048],
    [4096, 532_480],
    [536_576, 3_368_960],
  ]);
});

test("an MBR ends where 32 bits of sectors do", () => {
  const planned = planDisk(LAYOUTS.get("mbr") as Layout, { bytes: 4e12, sectorBytes: 512 }, NO_NEED);
  if (!planned.ok) throw new Error(planned.why);
  expect(ends(planned.plan)).toEqual([2 ** 32 - 2048]);
});

test("volumes get their share of the group, and never more than there is", () => {
  const layout = LAYOUTS.get("lvm") as Layout;
  fc.assert(
    fc.property(fc.integer({ min: 4000, max: 10_000_000 }), (mib) => {
      const planned = planDisk(layout, { bytes: mib * MIB, sectorBytes: 512 }, NO_NEED);
      if (!planned.ok) throw new Error(planned.why);
      const pv = planned.plan.partitions.at(-1);
      const all = Math.floor(((pv?.sectors ?? 0) * 512 - MIB) / (4 * MIB));
      const [swap, root] = planned.plan.volumes.map(({ extents }) => extents);
      expect(swap).toBe(Math.floor(all * 0.1));
      expect(root).toBe(Math.floor((all * 70) / 100));
    }),
  );
});

test.each([
  { layout: "mbr", firmware: "uefi", why: /needs a GPT/ },
  { layout: "mbr", firmware: "bios", why: undefined },
  { layout: "default", firmware: "uefi", why: undefined },
  { layout: "raid1", firmware: "bios", why: undefined },
] as const)("$layout on $firmware", ({ layout, firmware, why }) => {
  const found = whyNotFirmware(LAYOUTS.get(layout) as Layout, firmware);
  if (why) expect(found).toMatch(why);
  else expect(found).toBeUndefined();
});
