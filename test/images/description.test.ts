import fc from "fast-check";
import { expect, test } from "vitest";
import { bootLoaderOf, type ImageDescription, probeOf } from "#src/images/description.ts";
import { describeProblem } from "#src/images/description_reader.ts";
import { descriptionText } from "#src/images/description_text.ts";
import { MAX_DESCRIPTION_CHARACTERS, readDescription } from "#src/images/description_yaml.ts";

const WHOLE = `
name: debian-12
version: 3
visibility: shared
architecture: arm64
description: |
  For the lab.
  Second line.
author: Ada <ada@example.org>
destructive: true
kernel: /boot/vmlinuz-6.1.0
initramfs: boot/initrd.img-6.1.0
kernelArguments: [quiet, "console=ttyS0,115200n8"]
bootLoader: systemd-boot
layout: raid1
probe: {kind: http, port: 8080, path: /up, status: 204}
postInstall:
  - name: site
    archive: ${"ab".repeat(32)}
    script: ./site/run.sh
    args: [--fast, "two words"]
    runIn: ramdisk
    timeLimitSec: 60
    retries: 2
  - name: motd
    script: |
      #!/bin/sh
      echo "\${BRIGADE_NODE}" > /etc/motd
seed: cloud-init
minimumDisk: 8 GB
minimumMemory: 1.5GiB
`;

const READ: ImageDescription = {
  name: "debian-12",
  version: 3,
  visibility: "shared",
  architecture: "arm64",
  description: "For the lab.\nSecond line.",
  author: "Ada <ada@example.org>",
  destructive: true,
  kernel: "boot/vmlinuz-6.1.0",
  initramfs: "boot/initrd.img-6.1.0",
  kernelArguments: ["quiet", "console=ttyS0,115200n8"],
  bootLoader: "systemd-boot",
  layout: "raid1",
  probe: { kind: "http", port: 8080, path: "/up", status: 204 },
  postInstall: [
    {
      name: "site",
      archive: "ab".repeat(32),
      script: "site/run.sh",
      args: ["--fast", "two words"],
      runIn: "ramdisk",
      timeLimitSec: 60,
      retries: 2,
    },
    {
      name: "motd",
      script: `#!/bin/sh\necho "\${BRIGADE_NODE}" > /etc/motd\n`,
      args: [],
      runIn: "image",
      timeLimitSec: 300,
      retries: 0,
    },
  ],
  seed: "cloud-init",
  minimumDiskBytes: 8e9,
  minimumMemoryBytes: 1.5 * 2 ** 30,
};

const problemsOf = (text: string): readonly string[] => {
  const read = readDescription(text);
  return read.ok ? [] : read.problems.map(describeProblem);
};

test("every field is read", () => {
  expect(readDescription(WHOLE)).toEqual({ ok: true, description: READ });
});

test("what is printed is read as the same", () => {
  expect(readDescription(descriptionText(READ))).toEqual({ ok: true, description: READ });
});

test.each(["", "\n# nothing\n", "---\n"])("an empty document says nothing: %j", (text) => {
  expect(readDescription(text)).toEqual({ ok: true, description: {} });
});

test("JSON is read as well", () => {
  const read = readDescription(JSON.stringify({ kernelArguments: "quiet splash", probe: "none" }));
  expect(read).toEqual({
    ok: true,
    description: { kernelArguments: ["quiet", "splash"], probe: { kind: "none" } },
  });
});

test.each([
  ["tcp probe without port", "probe: tcp", "line 1, column 8: probe: wanted port for a probe of kind tcp"],
  ["http probe by itself", "probe: http", undefined],
  [
    "port of a probe that has none",
    "probe: {kind: ssh, command: id, port: 22}",
    "line 1, column 39: probe.port: wanted no port for a probe of kind ssh",
  ],
  ["unknown key", "version: 1\nkernal: x", "line 2, column 1: wanted one of name, version,"],
  ["unknown key within", "postInstall:\n- nam: x", "line 2, column 3: postInstall[0]: wanted one of name,"],
  ["__proto__", "__proto__: {visibility: public}", "line 1, column 1: wanted one of name,"],
  ["constructor", "constructor: {prototype: {}}", "line 1, column 1: wanted one of name,"],
  ["merge key", "a: &a {version: 2}\n<<: *a", "line 1, column 1: wanted one of name,"],
  ["a key twice", "version: 1\nversion: 2", "line 2, column 1: version: wanted it once"],
  ["no YAML", "version: [1", "line 1, column 12: YAML: Flow sequence in block collection must be"],
  [
    "two documents",
    "version: 1\n---\nversion: 2",
    "line 2, column 1: YAML: Source contains multiple documents",
  ],
  ["a list", "- version: 1", "line 1, column 1: wanted a mapping with name,"],
  ["a version that is none", "version: 1.5", "line 1, column 10: version: wanted a whole number from 1"],
  ["version 0", "version: 0", "line 1, column 10: version: wanted a whole number from 1"],
  [
    "a newline in an argument",
    'kernelArguments: ["a\\nb"]',
    "line 1, column 19: kernelArguments[0]: wanted kernel",
  ],
  [
    "a newline between arguments",
    'kernelArguments: "a\\nb"',
    "line 1, column 18: kernelArguments: wanted kernel",
  ],
  ["NUL", 'kernelArguments: ["a\\0b"]', "line 1, column 19: kernelArguments[0]: wanted kernel arguments"],
  [
    "an expansion",
    `kernelArguments: ['ip=\${net0/ip}']`,
    "line 1, column 19: kernelArguments[0]: wanted kernel",
  ],
  ["a second command", "kernelArguments: a || shell", "line 1, column 18: kernelArguments: wanted kernel"],
  [
    "an argument of ours",
    "kernelArguments: brigade.token=1",
    "line 1, column 18: kernelArguments: wanted kernel",
  ],
  [
    "too many arguments",
    `kernelArguments: ${"a ".repeat(65)}`,
    "line 1, column 18: kernelArguments: wanted at most 64",
  ],
  [
    "a kernel outside",
    "kernel: /boot/../../etc/shadow",
    "line 1, column 9: kernel: wanted a path in the image",
  ],
  ["a kernel with a space", "kernel: boot/a b", "line 1, column 9: kernel: wanted a path in the image"],
  [
    "a script without #!",
    "postInstall: [{name: a, script: rm -rf /}]",
    "line 1, column 33: postInstall[0].script",
  ],
  [
    "a script's path outside",
    `postInstall: [{name: a, archive: ${"0".repeat(64)}, script: ../x}]`,
    "line 1, column 108: postInst",
  ],
  [
    "a step twice",
    "postInstall:\n- &a {name: x, script: '#!/a'}\n- {name: x, script: '#!/b'}",
    "line 3, column 3: postInstall[1]: wanted no second step",
  ],
  ["an alias", "author: &a x\ndescription: *a", "line 2, column 14: description: wanted a text"],
  ["a terminal's escape", 'author: "\\e[2J"', "line 1, column 9: author: wanted one line"],
  ["right to left", 'author: "a\\u202eb"', "line 1, column 9: author: wanted one line"],
  [
    "a size without sense",
    "minimumDisk: 8 apples",
    "line 1, column 14: minimumDisk: wanted a size like 8 GB",
  ],
  ["an unknown loader", "bootLoader: lilo", "line 1, column 13: bootLoader: wanted one of image-grub,"],
])("%s", (_, text, wanted) => {
  const [first] = problemsOf(text);
  if (wanted === undefined) expect(first).toBeUndefined();
  else expect(first).toContain(wanted);
});

test("deep nesting is refused before it is parsed", () => {
  expect(problemsOf(`version: ${"[".repeat(100_000)}`)).toEqual([
    "line 1, column 1: wanted no lists and mappings so deep in each other",
  ]);
  expect(problemsOf(`${"- ".repeat(50_000)}a`)[0]).toContain("so deep in each other");
});

test("aliases of aliases are not followed", () => {
  const levels = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`);
  expect(problemsOf(`a0: &a0 x\n${levels.join("\n")}`)).toHaveLength(20);
});

test("more text than any description has is refused", () => {
  expect(problemsOf(`#${"x".repeat(MAX_DESCRIPTION_CHARACTERS)}`)[0]).toContain("at most 131072 characters");
});

test("no text makes the reader throw, and whatever is read is printed and read again", () => {
  const bit = fc.oneof(
    fc.constantFrom(
      "version",
      "probe",
      "kind",
      "tcp",
      "postInstall",
      "kernelArguments",
      "&a",
      "*a",
      "__proto__",
    ),
    fc.constantFrom(": ", "\n", "\n  ", "- ", "[", "]", "{", "}", ", ", "|\n", "'", '"', "? ", "!!js ", "<<"),
    fc.string({ maxLength: 4 }),
  );
  const text = fc.array(bit, { maxLength: 30 }).map((bits) => bits.join(""));
  fc.assert(
    fc.property(text, (written) => {
      const read = readDescription(written);
      if (read.ok) expect(readDescription(descriptionText(read.description))).toEqual(read);
    }),
    { numRuns: 2000 },
  );
  expect(({} as { admin?: unknown }).admin).toBeUndefined();
});

test("an archive proves itself by its host key and boots by GRUB, a disk by whatever it is", () => {
  expect([probeOf({ kind: "archive" }), bootLoaderOf({ kind: "archive" })]).toEqual([
    { kind: "ssh-host-key" },
    "image-grub",
  ]);
  expect([probeOf({ kind: "disk" }), bootLoaderOf({ kind: "disk" })]).toEqual([
    { kind: "tcp", port: 22 },
    "none",
  ]);
  const about = { probe: { kind: "phone-home" }, bootLoader: "kexec-only" } as const;
  expect([probeOf({ kind: "disk", about }), bootLoaderOf({ kind: "archive", about })]).toEqual([
    about.probe,
    about.bootLoader,
  ]);
});
