import fc from "fast-check";
import { expect, test } from "vitest";
import { type TarMember, TarMembers } from "#src/images/tar_members.ts";
import { encodeTarMember, paddingBytes } from "#src/images/tar_writer.ts";
import { paxRecord, TAR_END, tarEntry } from "./tar_bytes.ts";

function membersOf(tar: Buffer, pieceBytes = tar.length): readonly TarMember[] | string {
  const members: TarMember[] = [];
  const reader = new TarMembers((member) => void members.push(member));
  for (let at = 0; at < tar.length; at += pieceBytes) {
    const fault = reader.feed(tar.subarray(at, at + pieceBytes));
    if (fault) return `${fault.found} at ${fault.offsetBytes}`;
  }
  const fault = reader.finish();
  return fault ? `${fault.found} at ${fault.offsetBytes}` : members;
}

const bytes = (max: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: max })
    .map((codes) => String.fromCharCode(...codes));

const attribute = fc.tuple(
  fc
    .string({ minLength: 1, maxLength: 20, unit: fc.constantFrom("a", "b", ".") })
    .map((key) => `SCHILY.xattr.${key}`),
  fc.uint8Array({ maxLength: 40 }).map((value) => String.fromCharCode(...value)),
);

const member = fc.record({
  path: bytes(300),
  linkPath: fc.oneof(fc.constant(""), bytes(300)),
  type: fc.constantFrom("0", "2", "3", "5", "6"),
  mode: fc.nat(0o7777),
  uid: fc.oneof(fc.nat(70_000), fc.constantFrom(0o7777777, 0o10000000, 4_294_967_294)),
  gid: fc.nat(3_000_000),
  mtime: fc.oneof(
    fc.nat().map(String),
    fc.tuple(fc.integer(), fc.nat(999_999_999)).map(([sec, ns]) => `${sec}.${String(ns).padStart(9, "0")}`),
    fc.integer({ max: -1 }).map(String),
  ),
  devMajor: fc.nat(4095),
  devMinor: fc.nat(1_048_575),
  dataBytes: fc.nat(2000),
  attributes: fc
    .uniqueArray(attribute, { maxLength: 4, selector: ([key]) => key })
    .map((all) => all.sort(([a], [b]) => (a < b ? -1 : 1))),
});

test("what is written is read, in pieces of any size", () => {
  fc.assert(
    fc.property(fc.array(member, { maxLength: 4 }), fc.integer({ min: 1, max: 1500 }), (all, pieceBytes) => {
      const tar = Buffer.concat([
        ...all.flatMap((one) => [
          encodeTarMember(one),
          Buffer.alloc(one.dataBytes, 7),
          Buffer.alloc(paddingBytes(one.dataBytes)),
        ]),
        TAR_END,
      ]);
      const read = membersOf(tar, pieceBytes);
      if (typeof read === "string") throw new Error(read);
      expect(read.map(({ dataOffsetBytes: _, ...rest }) => rest)).toEqual(all);
      for (const { dataOffsetBytes, dataBytes } of read)
        expect(tar.subarray(dataOffsetBytes, dataOffsetBytes + dataBytes).every((byte) => byte === 7)).toBe(
          true,
        );
    }),
    { numRuns: 200 },
  );
});

test("a size that only a record can hold", () => {
  const seen: number[] = [];
  const reader = new TarMembers(({ dataBytes }) => void seen.push(dataBytes));
  reader.feed(encodeTarMember({ ...EMPTY, dataBytes: 2 ** 40 }));
  expect(seen).toEqual([2 ** 40]);
  expect(reader.finish()?.found).toBe("the end of a tar in the midst of a member");
});

const EMPTY = {
  path: "x",
  linkPath: "",
  type: "0",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: "0",
  devMajor: 0,
  devMinor: 0,
  dataBytes: 0,
  attributes: [],
} as const;

test("GNU's long names", () => {
  const long = "n".repeat(200);
  const tar = Buffer.concat([
    tarEntry({ path: "././@LongLink", type: "K", data: `${long}k\0` }),
    tarEntry({ path: "././@LongLink", type: "L", data: `${long}l\0` }),
    tarEntry({ path: "short", type: "2", linkPath: "short" }),
    tarEntry({ path: "next" }),
  ]);
  const read = membersOf(tar) as readonly TarMember[];
  expect(read.map(({ path, linkPath }) => [path, linkPath])).toEqual([
    [`${long}l`, `${long}k`],
    ["next", ""],
  ]);
});

test.each([
  [
    "a record that lies about its length",
    tarEntry({ path: "p", type: "x", data: "99 path=x\n" }),
    "pax records that do not fit",
  ],
  [
    "a sparse file of pax",
    tarEntry({ path: "p", type: "x", data: paxRecord("GNU.sparse.major", "1") }),
    "a sparse file",
  ],
  ["a sparse file of GNU", tarEntry({ path: "p", type: "S" }), "a sparse file"],
  [
    "an attribute of 2 MiB",
    tarEntry({ path: "p", type: "x", data: Buffer.alloc(2 << 20) }),
    "a name or attribute of 2097152 bytes",
  ],
  [
    "two tars in a row",
    Buffer.concat([TAR_END, tarEntry({ path: "x" })]),
    "a header after the end of the tar at 1024",
  ],
  ["rubbish", Buffer.alloc(512, 1), "no tar header"],
  ["half a header", tarEntry({ path: "x" }).subarray(0, 300), "the end of a tar in the midst of a member"],
])("refused: %s", (_, start, found) => {
  expect(
    membersOf(Buffer.concat([start, tarEntry({ path: "after" }).subarray(0, start.length % 512 ? 0 : 512)])),
  ).toContain(found);
});
