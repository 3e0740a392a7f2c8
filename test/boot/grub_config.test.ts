import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GRUB_ENTRY, grubConfigMac, renderGrubConfig } from "#src/boot/grub_config.ts";

describe("renderGrubConfig", () => {
  test("the ramdisk: kernel and initramfs by TFTP, each argument one word, pauses that grow", () => {
    const config = renderGrubConfig({
      ...{ kind: "ramdisk", node: "node1", because: "deployment d1 installs it" },
      arguments: ["brigade.token=ab", "console=ttyS0,115200"],
    });
    expect(config.split("\n").slice(0, 4)).toEqual([
      "echo 'Brigade: node1 loads the ramdisk: deployment d1 installs it'",
      "if linux /ramdisk/vmlinuz 'brigade.token=ab' 'console=ttyS0,115200'; then if initrd /ramdisk/initramfs; then boot; fi; fi",
      "echo 'Loading failed; trying again in 1 s'",
      "sleep 1",
    ]);
    const pauses = [...config.matchAll(/^sleep (\d+)$/gm)].map(([, sec]) => Number(sec));
    expect(pauses).toEqual([1, 2, 4, 8, 15, 30, 30]);
    expect(config.endsWith("\nreboot\n")).toBe(true);
  });

  test("the local disk, at once or after words why", () => {
    expect(renderGrubConfig({ kind: "localDisk", node: "node1", because: "nothing was asked for" })).toBe(
      "echo 'Brigade: node1 boots from its disk: nothing was asked for'\nconfigfile /loaders/localboot.cfg\n",
    );
    expect(renderGrubConfig({ kind: "refusal", because: "this token is used up" })).toMatch(
      /^echo 'Brigade: this token is used up'\n.*\nsleep 10\nconfigfile /,
    );
  });

  test("circles are said before anything else, and can be read", () => {
    const config = renderGrubConfig({ kind: "localDisk", node: "n", because: "x", circles: "8 times" });
    expect(config).toMatch(/^echo 'Brigade: 8 times'\necho .*\necho .*\nsleep 30\necho 'Brigade: n boots/);
  });

  test.each(["a b", "", "a\nb", "it's", 'say "x"', "back\\slash", "é"])("%j is not a word for it", (word) => {
    expect(() => renderGrubConfig({ kind: "ramdisk", node: "n", because: "x", arguments: [word] })).toThrow(
      RangeError,
    );
  });

  test("a reason of any kind is one quoted line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (because) => {
        const [line = "", ...rest] = renderGrubConfig({ kind: "localDisk", node: "n", because }).split("\n");
        expect(line).toMatch(/^echo '[\x20-\x7e]*'$/);
        expect(line.slice("echo '".length, -1)).not.toContain("'");
        expect(rest).toEqual(["configfile /loaders/localboot.cfg", ""]);
      }),
    );
  });
});

test.each([
  ["grub/node-52:54:00:77:00:01.cfg", "52:54:00:77:00:01"],
  ["grub/node-52:54:00:77:00:0.cfg", undefined],
  ["grub/../node-52:54:00:77:00:01.cfg", undefined],
  ["grub/node-52:54:00:77:00:01.cfg\n", undefined],
  ["ramdisk/vmlinuz", undefined],
])("the file %j is the configuration of %j", (name, mac) => {
  expect(grubConfigMac(name)).toBe(mac);
});

test("what GRUB asks for first leads it to the machine's own", () => {
  expect(GRUB_ENTRY).toContain(`\nconfigfile /grub/node-${"$"}net_default_mac.cfg\n`);
});
