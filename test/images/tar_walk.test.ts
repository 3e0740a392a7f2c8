import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type TarFault, TarWalk } from "#src/images/tar_walk.ts";
import { bootableRoot, paxRecord, sealed, TAR_END, tarEntry } from "./tar_bytes.ts";

/** Feeds the bytes cut at `cuts` and ends the stream. */
function walk(bytes: Buffer, cuts: readonly number[] = []): { fault: TarFault | undefined; walk: TarWalk } {
  const tar = new TarWalk();
  const ends = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
  let at = 0;
  for (const end of ends) {
    const fault = tar.feed(bytes.subarray(at, end));
    if (fault) return { fault, walk: tar };
    at = end;
  }
  return { fault: tar.finish(), walk: tar };
}

const archive = (...parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, TAR_END]);

describe("facts of a root", () => {
  test("newest kernel by number, its initramfs, the system's name", () => {
    const { fault, walk: tar } = walk(bootableRoot());
    expect(fault).toBeUndefined();
    expect(tar.facts.missingToBoot()).toEqual([]);
    expect(tar.facts.value).toEqual({
      osName: "Test Linux",
      osVersion: "1 (one)",
      kernel: "boot/vmlinuz-6.1.0-10-amd64",
      initramfs: "boot/initrd.img-6.1.0-10-amd64",
      entryCount: 8,
      installedBytes: 5 * 4096,
      found: {
        kernels: [
          { path: "boot/vmlinuz-6.1.0-10-amd64", initramfs: "boot/initrd.img-6.1.0-10-amd64" },
          { path: "boot/vmlinuz-6.1.0-9-amd64" },
        ],
        init: "other",
        bootFiles: [],
        seeds: [],
        sshServer: false,
      },
    });
  });

  test("are the same wherever the stream is cut", () => {
    const root = bootableRoot(Buffer.alloc(3000, 7));
    const { walk: whole } = walk(root);
    fc.assert(
      fc.property(fc.array(fc.nat(root.length), { maxLength: 30 }), (cuts) => {
        const { fault, walk: tar } = walk(root, cuts);
        expect(fault).toBeUndefined();
        expect(tar.facts.value).toEqual(whole.facts.value);
      }),
    );
  });

  test("what is missing to boot is named", () => {
    expect(walk(archive(tarEntry({ path: "a" }))).walk.facts.missingToBoot()).toEqual([
      "kernel (/boot/vmlinuz-*)",
      "init (/sbin/init)",
    ]);
  });

  test("control characters of os-release stay outside", () => {
    const data = 'NAME="a\u001b[31mred"\nVERSION=2\n';
    const { walk: tar } = walk(archive(tarEntry({ path: "etc/os-release", data })));
    expect([tar.facts.value.osName, tar.facts.value.osVersion]).toEqual([undefined, "2"]);
  });
});

describe("names and sizes written in other ways", () => {
  const kernel = "boot/vmlinuz-1";
  const base256 = Buffer.alloc(12);
  base256[0] = 0x80;
  base256[11] = 5;

  test.each([
    ["GNU long name", tarEntry({ path: "././@LongLink", type: "L", data: `${kernel}\0` }), "x"],
    ["pax path", tarEntry({ path: "PaxHeader", type: "x", data: paxRecord("path", kernel) }), "x"],
    ["absolute path", Buffer.alloc(0), `/${kernel}`],
  ])("%s", (_, before, path) => {
    const { fault, walk: tar } = walk(archive(before, tarEntry({ path, data: "k" })));
    expect(fault).toBeUndefined();
    expect(tar.facts.value.kernel?.replace(/^\//, "")).toBe(kernel);
  });

  test("base-256 size", () => {
    const entry = tarEntry({ path: kernel, data: "12345", sizeField: base256 });
    expect(walk(archive(entry)).fault).toBeUndefined();
  });

  test("a pax size takes the place of the header's", () => {
    const pax = tarEntry({ path: "p", type: "x", data: paxRecord("size", "600") });
    const entry = tarEntry({
      path: "f",
      data: Buffer.alloc(600, 1),
      sizeField: Buffer.from("00000000000\0"),
    });
    expect(walk(archive(pax, entry)).fault).toBeUndefined();
  });

  test("a hard link has no data, whatever its size says", () => {
    const link = tarEntry({ path: "b", type: "1", linkPath: "a", sizeField: Buffer.from("00000001000\0") });
    expect(walk(archive(tarEntry({ path: "a" }), link)).fault).toBeUndefined();
  });

  test("an old GNU sparse map goes on in further blocks", () => {
    const header = tarEntry({ path: "s", type: "S" }).subarray(0, 512);
    header.write("ustar  \0", 257, "latin1");
    header[482] = 1;
    const [more, last] = [Buffer.alloc(512, 0x31), Buffer.alloc(512, 0x32)];
    more[504] = 1;
    last[504] = 0;
    expect(walk(archive(sealed(header), more, last)).fault).toBeUndefined();
  });
});

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

describe("what is no whole tar is refused with the offset and what is there", () => {
  const file = tarEntry({ path: "etc/passwd", data: Buffer.alloc(1000, 65) });

  test.each<[string, Buffer, number, string]>([
    ["empty", Buffer.alloc(0), 0, "it is empty"],
    ["zeros", Buffer.alloc(2048), 0, "zeros instead of a tar header"],
    ["text", Buffer.alloc(512, "hello "), 0, "no tar header (the checksum"],
    ["a flipped bit in the second header", flipped(archive(file, file), 1536 + 5), 1536, "no tar header"],
    ["cut in a header", archive(file).subarray(0, 100), 100, "the end of the stream"],
    ["cut in the data", archive(file).subarray(0, 700), 700, 'in the data of "etc/passwd"'],
    ["cut in the padding", archive(file).subarray(0, 1530), 1530, 'in the data of "etc/passwd"'],
    ["without end blocks", file, 1536, "before the two zero blocks"],
    ["with one end block", Buffer.concat([file, Buffer.alloc(512)]), 2048, "before the two zero blocks"],
    [
      "a header after one zero block",
      archive(file, Buffer.alloc(512), file),
      2048,
      "a header after a zero block",
    ],
    ["a second archive behind the first", archive(archive(file), file), 2560, "more data after the end"],
    [
      "a name that is too long to be one",
      archive(tarEntry({ path: "L", type: "L", sizeField: Buffer.from("77777777777\0") })),
      0,
      "a name or attribute of 8589934591 bytes",
    ],
  ])("%s", (_, bytes, offsetBytes, found) => {
    const { fault } = walk(bytes);
    expect(fault?.offsetBytes).toBe(offsetBytes);
    expect(fault?.found).toContain(found);
  });

  test.each<[string, Buffer]>([
    ["path", tarEntry({ path: "../../etc/cron.d/x" })],
    ["path in the middle", tarEntry({ path: "./a/../../x" })],
    ["hard link", tarEntry({ path: "x", type: "1", linkPath: "../x" })],
    [
      "long name",
      Buffer.concat([tarEntry({ path: "L", type: "L", data: "a/../../x\0" }), tarEntry({ path: "x" })]),
    ],
  ])("a %s that leads out of the root", (_, entry) => {
    expect(walk(archive(entry)).fault?.found).toContain("leads outside");
  });

  test("a symbolic link may say what it likes: nothing is unpacked here", () => {
    const link = tarEntry({ path: "etc/mtab", type: "2", linkPath: "../proc/self/mounts" });
    expect(walk(archive(link)).fault).toBeUndefined();
  });

  test("zeros behind the end are a tape's padding", () => {
    expect(walk(Buffer.concat([archive(file), Buffer.alloc(9000)])).fault).toBeUndefined();
  });
});

test("random bytes never throw and never pass", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4000 }), fc.nat(3000), (bytes, cut) => {
      expect(walk(Buffer.from(bytes), [cut]).fault).toBeDefined();
    }),
  );
});

test("one changed byte in the headers of a good archive never throws", () => {
  const root = bootableRoot();
  fc.assert(
    fc.property(fc.nat(root.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const copy = Buffer.from(root);
      copy[at] = (copy[at] ?? 0) ^ flip;
      walk(copy);
    }),
    { numRuns: 500 },
  );
});
