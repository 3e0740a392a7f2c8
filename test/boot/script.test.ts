import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Line, renderLines, say, type Word } from "#src/boot/ipxe_lines.ts";
import { ramdiskArguments, renderAutoexec, renderScript } from "#src/boot/script.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { isInertToken } from "#src/value/ipxe_token.ts";
import type { Mac } from "#src/value/mac.ts";

const config = { serverAddress: "10.77.0.1" as Ipv4, httpPort: 8080 };

/** What iPXE puts there: nothing on x86, else the folder of its processor. */
const folder = `${"$"}{folder}`;

describe("renderScript", () => {
  test("local disk", () => {
    expect(
      renderScript({ kind: "localDisk", node: "node1", because: "nothing was asked for" }, config),
    ).toMatchInlineSnapshot(`
      "#!ipxe
      echo Brigade: node1 boots from its disk: nothing was asked for
      iseq \${platform} efi && goto efi || goto bios
      :bios
      sanboot --no-describe --drive 0x80 || goto next
      :efi
      iseq \${buildarch} arm64 && goto arm64 || goto x86
      :arm64
      set folder /arm64
      :x86
      chain http://10.77.0.1:8080/loaders\${folder}/localboot.efi || goto refused
      :refused
      chain --autofree http://10.77.0.1:8080/boot/why.ipxe || goto next
      :next
      echo The local disk does not boot; going on with the next entry of the firmware
      exit 1
      "
    `);
  });

  test("ramdisk: kernel, initramfs, arguments, and growing pauses between tries", () => {
    const script = renderScript(
      { kind: "ramdisk", node: "node1", because: "deployment d1", arguments: ["a=1", "console=ttyS0"] },
      config,
    );
    expect(script).toContain("echo Brigade: node1 loads the ramdisk: deployment d1\n");
    expect(script).toContain(
      `kernel --name vmlinuz http://10.77.0.1:8080/ramdisk${folder}/vmlinuz initrd=initramfs a=1 console=ttyS0 || goto failed1\n` +
        `initrd --name initramfs http://10.77.0.1:8080/ramdisk${folder}/initramfs || goto failed1\n`,
    );
    expect([...script.matchAll(/^sleep (\d+)$/gm)].map(([, sec]) => Number(sec))).toEqual([
      1, 2, 4, 8, 15, 30, 30,
    ]);
    expect(script.trimEnd().endsWith("reboot")).toBe(true);
  });

  test("an arm64 machine is told that there is nothing for it, before it asks for what is not there", () => {
    const ramdisk = { kind: "ramdisk", node: "node1", because: "d1", arguments: [] } as const;
    expect(renderScript(ramdisk, { ...config, withoutArm64: true })).toMatch(
      /\n:arm64\necho Brigade: this appliance was built without the files for arm64; .*\nsleep 30\nexit 1\n:x86\n/,
    );
  });

  test("a refusal says why on the screen, waits, then boots the disk", () => {
    const script = renderScript({ kind: "refusal", because: "this token is used up" }, config);
    expect(script).toMatch(/^#!ipxe\necho Brigade: this token is used up\n.*\nsleep 10\niseq /);
  });

  test("a machine in circles hears of it first, and can read it", () => {
    const script = renderScript({ kind: "localDisk", node: "n", because: "x", circles: "8 times" }, config);
    expect(script).toMatch(
      /^#!ipxe\necho Brigade: 8 times\necho .*\necho .*\nsleep 30\necho Brigade: n boots/,
    );
  });

  test("autoexec leads to the node's own script", () => {
    expect(renderAutoexec(config)).toContain(
      `chain --autofree http://10.77.0.1:8080/boot/${"$"}{netX/mac:hexhyp}.ipxe || goto failed\n`,
    );
  });

  test("every label that is jumped to is there, once", () => {
    const scripts = [
      renderScript({ kind: "ramdisk", node: "n", because: "x", arguments: [] }, config),
      renderScript({ kind: "refusal", because: "x" }, config),
      renderAutoexec(config),
    ];
    for (const script of scripts) {
      const labels = [...script.matchAll(/^:(\S+)$/gm)].map(([, name]) => name);
      const jumps = [...script.matchAll(/goto (\S+)/g)].map(([, name]) => name);
      expect(new Set(labels).size).toBe(labels.length);
      expect(labels).toEqual(expect.arrayContaining(jumps));
    }
  });
});

test("the ramdisk's arguments are what it reads", () => {
  expect(
    ramdiskArguments({
      appliance: { address: "10.77.0.1" as Ipv4, port: 7800 },
      ...{
        keyDigest: "aa",
        token: "bb",
        mode: "install",
        mac: "52:54:00:00:00:01" as Mac,
        extra: ["no_timer_check"],
      },
    }),
  ).toEqual([
    ...["brigade.appliance=10.77.0.1:7800", "brigade.key=aa", "brigade.token=bb", "brigade.mode=install"],
    ...["BOOTIF=01-52-54-00-00-00-01", "quiet"],
    ...["console=tty0", "console=ttyAMA0,115200", "console=ttyS0,115200", "no_timer_check"],
  ]);
});

/** Splits a line as iPXE does (src/core/exec.c): whitespace separates, nothing quotes. */
const wordsOf = (line: string): readonly string[] => line.split(/[ \t]+/).filter((word) => word !== "");

describe("whatever text comes in", () => {
  test.each(["a b", "", "a\nb", `${"$"}{net0/mac}`, "||", "&&", ";", "#x", "é", "a\0b"])(
    "%j is not a word for a script",
    (text) => {
      expect(isInertToken(text)).toBe(false);
      expect(() =>
        renderScript({ kind: "ramdisk", node: "n", because: "x", arguments: [text] }, config),
      ).toThrow(RangeError);
    },
  );

  test("a script has the lines and words that were put in, or is not made", () => {
    const word: fc.Arbitrary<Word> = fc.oneof(
      fc.string({ minLength: 1, unit: "binary" }),
      fc.constant([{ setting: "net0/mac" }]),
    );
    const line: fc.Arbitrary<Extract<Line, { kind: "command" }>> = fc.record({
      kind: fc.constant("command" as const),
      words: fc.array(word, { minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const isClean = lines.every(({ words }) =>
          words.every((text) => typeof text !== "string" || isInertToken(text)),
        );
        if (!isClean) {
          expect(() => renderLines(lines)).toThrow(RangeError);
          return;
        }
        const [, ...rendered] = renderLines(lines).trimEnd().split("\n");
        expect(rendered.map(wordsOf)).toEqual(
          lines.map(({ words }) =>
            words.map((text) => (typeof text === "string" ? text : `${"$"}{net0/mac}`)),
          ),
        );
      }),
      { numRuns: 150 },
    );
  });

  test("a reason of any kind becomes one harmless line on the screen", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (reason) => {
        const [, line = "", ...rest] = renderLines([say(reason)]).split("\n");
        expect(rest).toEqual([""]);
        expect(line.startsWith("echo")).toBe(true);
        expect(wordsOf(line).slice(1).every(isInertToken)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
