import { describe, expect, test } from "vitest";
import { chooseDisks, type DiskSeen } from "#src/deploy/choose_disk.ts";
import { type DiskRule, describeDiskRule, parseDiskRule } from "#src/deploy/disk_rule.ts";

const GB = 1e9;
const disk = (name: string, more: Partial<DiskSeen> = {}): DiskSeen => ({
  name: `/dev/${name}`,
  ...{
    bytes: 100 * GB,
    sectorBytes: 512,
    model: "",
    serial: "",
    wwn: "",
    removable: false,
    readOnly: false,
    paths: [],
  },
  ...more,
});

/** A server as they come: two system disks, data disks, a fast one, a forgotten stick. */
const SERVER = [
  disk("sda", {
    bytes: 4000 * GB,
    model: "TOSHIBA MG08",
    transport: "sata",
    paths: ["pci-0000:00:17.0-ata-1"],
  }),
  disk("sdb", {
    bytes: 480 * GB,
    model: "SAMSUNG MZ7L3480",
    serial: "S1",
    wwn: "naa.5002538f00000001",
    transport: "sata",
    paths: ["pci-0000:00:17.0-ata-3"],
  }),
  disk("sdc", {
    bytes: 480 * GB,
    model: "SAMSUNG MZ7L3480",
    serial: "S2",
    wwn: "naa.5002538f00000002",
    transport: "sata",
    paths: ["pci-0000:00:17.0-ata-2"],
  }),
  disk("nvme0n1", {
    bytes: 1600 * GB,
    model: "INTEL SSDPE2KE",
    serial: "N1",
    wwn: "eui.0001",
    transport: "nvme",
    paths: ["pci-0000:3b:00.0-nvme-1"],
  }),
  disk("sdd", {
    bytes: 32 * GB,
    model: "Ultra Fit",
    transport: "usb",
    removable: true,
    paths: ["pci-0000:00:14.0"],
  }),
  disk("sde", { bytes: 1 * GB, readOnly: true }),
];

function choose(rule: string | DiskRule, { disks = SERVER, count = 1, least = 0 } = {}): string {
  const parsed = typeof rule === "string" ? parseDiskRule(rule) : { value: rule };
  if (!("value" in parsed)) return `wanted ${parsed.wanted}`;
  const chosen = chooseDisks(disks, {
    rule: parsed.value,
    count,
    whyNot: ({ bytes }) =>
      bytes < least ? `has ${bytes / GB} GB, the image needs ${least / GB} GB` : undefined,
  });
  return chosen.ok
    ? chosen.disks.map(({ name }) => name.slice(5)).join(" ")
    : `${chosen.refusal.kind}: ${chosen.refusal.why}`;
}

describe("of a server's disks", () => {
  test.each([
    ["smallest", "sdc"],
    ["largest", "sda"],
    ["over=500GB", "nvme0n1"],
    ["over=500GB,largest", "sda"],
    ["serial=S1", "sdb"],
    ["wwn=5002538F00000001", "sdb"],
    ["wwn=0x5002538f00000002", "sdc"],
    ["model=intel", "nvme0n1"],
    ["model=samsung,smallest", "sdc"],
    ["path=pci-0000:3b:*", "nvme0n1"],
    ["path=pci-0000:00:17.0-ata-3", "sdb"],
    ["transport=nvme", "nvme0n1"],
    ["transport=sata,largest", "sda"],
    ["path=pci-0000:00:14.0,removable", "sdd"],
  ])("%s is %s", (rule, name) => {
    expect(choose(rule)).toBe(name);
  });

  test.each([
    [
      "model=samsung",
      /^ambiguous: has several disks that are model=samsung,only: \/dev\/sdc \(480 GB, sata, SAMSUNG MZ7L3480, S2\), \/dev\/sdb \(/,
    ],
    ["only", /^ambiguous: has several disks/],
    ["transport=usb", /^none: has no disk that is transport=usb,only, but \/dev\/sda \(4000 GB/],
    ["serial=S9", /^none: has no disk that is serial=S9/],
    ["path=pci-0000:00:14.0", /^none: has no disk that is/],
    ["removable", /^wanted path=… beside removable/],
    ["model=a\nb", /^wanted values of/],
    ["serial=S1,serial=S2", /^wanted serial=S2 once/],
    ["biggest", /^wanted smallest, largest/],
    ["over=much", /^wanted a size/],
    ["transport=ide", /^wanted a transport of nvme/],
  ])("%j is refused", (rule, words) => {
    expect(choose(rule)).toMatch(words);
  });
});

test("the smallest is the smallest that is large enough", () => {
  expect(choose("smallest", { least: 500 * GB })).toBe("nvme0n1");
  expect(choose("smallest", { least: 5000 * GB })).toBe(
    "unfit: disk /dev/sda has 4000 GB, the image needs 5000 GB",
  );
});

test("equal disks are told apart by their place, not by the kernel's order", () => {
  const twin = [
    disk("sda", { paths: ["pci-0000:00:17.0-ata-10"] }),
    disk("sdb", { paths: ["pci-0000:00:17.0-ata-2"] }),
  ];
  expect(choose("smallest", { disks: twin })).toBe("sdb");
  expect(choose("largest", { disks: twin.toReversed() })).toBe("sdb");
});

describe("for a mirror", () => {
  test("the two smallest", () => expect(choose("smallest", { count: 2 })).toBe("sdb sdc"));
  test("the only two that match", () => expect(choose("model=samsung", { count: 2 })).toBe("sdb sdc"));
  test("one is too few", () => {
    expect(choose("transport=nvme", { count: 2 })).toMatch(
      /^none: has only 1 of 2 disks that is transport=nvme/,
    );
  });
  test("the second must be large enough too", () => {
    expect(choose("smallest", { count: 2, least: 2000 * GB })).toBe(
      "unfit: disk /dev/nvme0n1 has 1600 GB, the image needs 2000 GB",
    );
  });

  test.each([
    ["a system disk and a data disk", { bytes: 240 * GB }, { bytes: 8000 * GB }],
    ["a little too different", { bytes: 100 * GB }, { bytes: 105.1 * GB }],
    ["attached otherwise", { transport: "sata" }, { transport: "nvme" }],
    ["attached nobody knows how", { transport: "sata" }, {}],
  ] as const)("never %s", (_, left, right) => {
    const disks = [disk("sda", { ...left, model: "X" }), disk("sdb", { ...right, model: "X" })];
    for (const rule of ["smallest", "largest", "over=1GB,only"])
      expect(choose(rule, { disks, count: 2 })).toMatch(
        /^ambiguous: has no 2 disks alike for a mirror: \/dev\/sd[ab] \(.*\/dev\/sd[ab] \(.*; name them$/,
      );
    expect(choose("model=X", { disks, count: 2 })).toBe("sda sdb");
  });

  test("disks of two makers may be alike", () => {
    const disks = [disk("sda"), disk("sdb", { bytes: 104.9 * GB }), disk("sdc", { bytes: 8000 * GB })];
    expect(choose("smallest", { disks, count: 2 })).toBe("sda sdb");
  });
});

test("a node without disks, and one with nothing but a stick", () => {
  expect(choose("smallest", { disks: [] })).toBe("none: has no disk");
  expect(choose("smallest", { disks: SERVER.slice(4, 5) })).toBe(
    "none: has no disk that is not removable or read-only, but /dev/sdd (32 GB, usb, Ultra Fit)",
  );
});

test("a rule is told as it is typed", () => {
  for (const text of ["smallest", "transport=nvme,over=100000000000B,largest", "path=pci-*,removable,only"]) {
    const parsed = parseDiskRule(text);
    expect("value" in parsed && describeDiskRule(parsed.value)).toBe(text);
  }
});
