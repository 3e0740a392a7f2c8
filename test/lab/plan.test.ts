import { expect, test } from "vitest";
import { MAX_NODES, planNodes } from "./plan.ts";
import { qemuArguments } from "./qemu_arguments.ts";

const all = planNodes("/lab", MAX_NODES, {});

test("nothing that has to be unique is met twice", () => {
  for (const value of ["name", "mac", "tap", "directory"] as const)
    expect(new Set(all.map((node) => node[value])).size).toBe(MAX_NODES);
  const last = all.at(-1);
  expect(new Set(all.map(({ bmc }) => bmc.address)).size).toBe(MAX_NODES);
  expect(last).toMatchObject({ mac: "52:54:00:77:00:36", bmc: { address: "10.77.0.254" } });
});

test("four machines are two firmwares and two network cards", () => {
  const kinds = planNodes("/lab", 4, {}).map(({ firmware, nic }) => `${firmware} ${nic}`);
  expect(kinds).toEqual(["bios virtio-net-pci", "uefi virtio-net-pci", "bios e1000", "uefi virtio-net-pci"]);
});

test.each([0, 1.5, MAX_NODES + 1, Number.NaN])("a lab of %d machines is refused", (count) => {
  expect(() => planNodes("/lab", count, {})).toThrow("wanted 1 to 54");
});

test("a UEFI machine with e1000 is not planned, as its firmware could not boot from it", () => {
  expect(planNodes("/lab", 4, { firmware: "uefi" }).map(({ nic }) => nic)).not.toContain("e1000");
});

test("only UEFI machines lose their boot ROM, and the boot order is network first unless told", () => {
  const [bios, uefi] = planNodes("/lab", 2, {});
  if (!bios || !uefi) throw new Error("planned two");
  const biosWords = qemuArguments(bios, "tcg", "network-first").join(" ");
  expect(biosWords).not.toContain("romfile=");
  expect(biosWords).toMatch(
    /virtio-net-pci,netdev=net0,mac=52:54:00:77:00:01,bootindex=0.*virtio-blk-pci.*bootindex=1/,
  );
  const uefiWords = qemuArguments(uefi, "tcg", "disk-first").join(" ");
  expect(uefiWords).toMatch(/bootindex=1,romfile=.*virtio-blk-pci.*bootindex=0/);
});
