import { expect, test } from "vitest";
import type { DeploymentRequest, StartProblem } from "#src/deploy/deployment.ts";
import { probeFor } from "#src/deploy/probes/probe_choice.ts";
import { checkRequest, type DeployableImage, isPublicKey } from "#src/deploy/request_check.ts";
import { describeStartProblem } from "#src/deploy/start_problem.ts";
import type { Node } from "#src/nodes/node.ts";
import { IMAGE } from "./fake_appliance.ts";
import { nodeNamed } from "./fake_lab.ts";

/** Made by `ssh-keygen -t ed25519` for this test; the private half was thrown away. */
const ED25519 =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINKXSneW6HGrIqjwtgXnFM8ISlKkzyfSzPr2VQbUKw/7 somebody@somewhere";

const NODES = new Map<string, Node>([
  ...["node1", "node2", "node10"].map((name): [string, Node] => [name, nodeNamed(name)]),
  ["uefi", { ...nodeNamed("uefi"), firmware: "uefi" }],
  ["bios", { ...nodeNamed("bios"), firmware: "bios" }],
  ["powerless", { ...nodeNamed("powerless"), power: undefined }],
  ["quoting", { ...nodeNamed("quoting"), kernelArguments: ['quiet"\nmenuentry'] }],
  [
    "talkative",
    { ...nodeNamed("talkative"), kernelArguments: Array.from({ length: 10 }, () => "x".repeat(199)) },
  ],
]);

const asked: DeploymentRequest = {
  image: "debian-12",
  nodes: ["node1"],
  authorizedKeys: [],
  partitionTable: "gpt",
};

const DISK: DeployableImage = { ...IMAGE, kind: "disk", kernel: undefined };

const SCRIPT = {
  ...{ name: "tidy", script: "#!/bin/sh", args: [], runIn: "image" as const },
  ...{ timeLimitSec: 60, retries: 0 },
};

const check = (request: Partial<DeploymentRequest>, image: DeployableImage | undefined = IMAGE) =>
  checkRequest({ ...asked, ...request }, image, (name) => NODES.get(name));

test("a good request comes back in canonical form", () => {
  const request = { nodes: ["node10", "node2", "node10", "node1"], authorizedKeys: [` ${ED25519}\n`] };
  expect(check(request)).toEqual({
    ok: true,
    image: IMAGE,
    request: { ...asked, nodes: ["node1", "node2", "node10"], authorizedKeys: [ED25519] },
  });
});

const REFUSED: readonly {
  when: string;
  request: Partial<DeploymentRequest>;
  image?: DeployableImage;
  problem: Partial<StartProblem>;
  words: string;
}[] = [
  {
    when: "keys are given for a disk that is left as it is",
    request: { authorizedKeys: [ED25519] },
    image: DISK,
    problem: { kind: "unsuitableImage" },
    words:
      'Cannot deploy "debian-12": it is a disk image, into which no keys are put; leave --key out, or give --customize',
  },
  {
    when: "nobody made the host key that is to prove a disk image",
    request: { probe: { kind: "ssh-host-key" } },
    image: DISK,
    problem: { kind: "unsuitableProbe" },
    words:
      "Cannot deploy: the SSH host key of a disk image is not known; give --customize, or another --probe",
  },
  {
    when: "an archive is to be customized",
    request: { customize: true },
    problem: { kind: "unsuitableImage" },
    words:
      'Cannot deploy "debian-12": it is a root archive, which always gets its own name and keys; leave --customize out',
  },
  {
    when: "an archive is to grow",
    request: { grow: false },
    problem: { kind: "unsuitableImage" },
    words:
      'Cannot deploy "debian-12": it is a root archive, whose partitions are made as large as the disk; leave --grow and --no-grow out',
  },
  {
    when: "the image has no kernel",
    request: {},
    image: { ...IMAGE, kernel: undefined },
    problem: { kind: "unsuitableImage" },
    words: 'Cannot deploy "debian-12": it has no kernel (no /boot/vmlinuz-*)',
  },
  {
    when: "there are no nodes",
    request: { nodes: [] },
    problem: { kind: "noNodes" },
    words: "Cannot deploy: the node set is empty",
  },
  {
    when: "a node is unknown",
    request: { nodes: ["node1", "node3", "node4"] },
    problem: { kind: "unknownNodes", nodes: ["node3", "node4"] },
    words: 'Cannot deploy to node3, node4: no such node; see "brigade node list"',
  },
  {
    when: "a node has no power control",
    request: { nodes: ["node1", "powerless"] },
    problem: { kind: "noPower", nodes: ["powerless"] },
    words: 'Cannot deploy to powerless: no power control is configured; see "brigade node set --help"',
  },
  {
    when: "UEFI shall boot from an MBR",
    request: { nodes: ["uefi"], partitionTable: "mbr" },
    problem: { kind: "unsuitableNode", node: "uefi" },
    words: "Cannot deploy to uefi: it boots by UEFI, which needs a GPT",
  },
  {
    when: "a kernel argument would end its line",
    request: { nodes: ["quoting"] },
    problem: { kind: "unsuitableNode", node: "quoting" },
    words: 'Cannot deploy to quoting: "quiet\\"\\nmenuentry" is not a kernel argument',
  },
  {
    when: "the kernel could not take all arguments",
    request: { nodes: ["talkative"] },
    problem: { kind: "unsuitableNode", node: "talkative" },
    words: "Cannot deploy to talkative: its kernel arguments have more than 1500 characters",
  },
  {
    when: "a key is the private half",
    request: { authorizedKeys: ["-----BEGIN OPENSSH PRIVATE KEY-----"] },
    problem: { kind: "badKey" },
    words:
      'Cannot deploy: "-----BEGIN OPENSSH PRIVATE KEY-----" is not an OpenSSH public key (TYPE BASE64 COMMENT)',
  },
  {
    when: "the disk is a path out of /dev",
    request: { disk: "/dev/../etc/passwd" },
    problem: { kind: "badDisk", disk: "/dev/../etc/passwd" },
    words: 'Cannot deploy: "/dev/../etc/passwd" is not a disk, wanted a path such as /dev/vda',
  },
];

test.each(REFUSED)("refused when $when", ({ request, image, problem, words }) => {
  const checked = check(request, image);
  expect(checked).toMatchObject({ ok: false, problem });
  if (!checked.ok) expect(describeStartProblem(checked.problem)).toBe(words);
});

test("an unknown image is named", () => {
  const checked = checkRequest(asked, undefined, (name) => NODES.get(name));
  expect(checked).toEqual({ ok: false, problem: { kind: "unknownImage", image: "debian-12" } });
});

test.each([
  { asked: {}, probe: { kind: "tcp", port: 22 } },
  { asked: { customize: true, authorizedKeys: [ED25519] }, probe: { kind: "ssh-host-key" } },
  { asked: { probe: { kind: "none" } }, probe: { kind: "none" } },
] as const)("a disk image with $asked is waited for by $probe.kind", ({ asked: request, probe }) => {
  expect(check(request, DISK).ok).toBe(true);
  expect(probeFor({ ...asked, ...request }, DISK)).toEqual(probe);
});

test("what the image's description says of its proof counts before what its kind allows", () => {
  const about = { probe: { kind: "http", port: 80, path: "/ready" } } as const;
  expect(probeFor({ authorizedKeys: [] }, { ...DISK, about })).toEqual(about.probe);
  expect(probeFor({ customize: true, authorizedKeys: [] }, { ...DISK, about })).toEqual(about.probe);
});

test.each([
  { asked: {}, layout: "lvm" },
  { asked: { layout: "swap" }, layout: "swap" },
  { asked: { partitionTable: "mbr" }, layout: undefined },
  { asked: { partition: "3" }, layout: undefined },
] as const)(
  "of an image with a layout, $asked is stored with layout $layout",
  ({ asked: request, layout }) => {
    const checked = check(request, { ...IMAGE, about: { layout: "lvm" } });
    expect(checked.ok && checked.request.layout).toBe(layout);
  },
);

test("the disk that the image's description wants is stored", () => {
  const checked = check({}, { ...DISK, about: { minimumDiskBytes: 8e9 } });
  expect(checked).toHaveProperty("request.minimumDiskBytes", 8e9);
});

test("the layout of an archive is nothing to a disk image", () => {
  expect(check({}, { ...DISK, about: { layout: "lvm" } })).not.toHaveProperty("request.layout");
});

const KEYS: readonly [string, string, boolean][] = [
  ["an ed25519 key with comment", ED25519, true],
  ["the same without comment", ED25519.split(" ").slice(0, 2).join(" "), true],
  ["a comment in Greek", `${ED25519} καλημέρα`, true],
  ["options in front", `command="rm -rf /" ${ED25519}`, false],
  ["a second line", `${ED25519}\nssh-rsa AAAA`, false],
  ["the blob of another type", ED25519.replace("ssh-ed25519", "ssh-rsa"), false],
  ["a blob that is too short", "ssh-ed25519 AAAA", false],
  ["no blob", "ssh-ed25519", false],
  ["an old DSA key", "ssh-dss AAAAB3NzaC1kc3MAAACBAP", false],
  ["a megabyte of base64", `ssh-rsa ${"A".repeat(1_000_000)}`, false],
];

test.each(KEYS)("%s", (_what, key, expected) => {
  expect(isPublicKey(key)).toBe(expected);
});

test.each([
  { asked: { bootLoader: "systemd-boot", nodes: ["bios"] }, words: /it boots by BIOS, which cannot start/ },
  { asked: { bootLoader: "systemd-boot", partitionTable: "mbr" }, words: /systemd-boot needs a GPT/ },
  {
    asked: { bootLoader: "systemd-boot", partition: "3" },
    words: /its boot loader is systemd-boot, which replaces the one that starts the disk; give --boot-sector/,
  },
  {
    asked: { partition: "3" },
    image: { ...IMAGE, about: { bootLoader: "systemd-boot" } },
    words: /its boot loader is systemd-boot, which replaces/,
  },
  { asked: { bootLoader: "systemd-boot", partition: "3", bootSector: true }, words: undefined },
  { asked: { bootLoader: "none" }, image: DISK, words: undefined },
  {
    asked: {},
    image: { ...DISK, about: { postInstall: [SCRIPT] } },
    words: /has post-install scripts, which run in a disk image with --customize only/,
  },
  {
    asked: { customize: true },
    image: { ...DISK, about: { postInstall: [SCRIPT] } },
    words: undefined,
  },
  { asked: { layout: "lvm" }, image: DISK, words: /brings its own partitions; leave --layout/ },
  { asked: { probe: { kind: "ssh", command: "true" } }, image: DISK, words: /needs the appliance's key/ },
  {
    asked: { probe: { kind: "ssh", command: "true" }, authorizedKeys: [ED25519] },
    image: IMAGE,
    words: undefined,
  },
  { asked: { bootLoader: "image-grub" }, image: DISK, words: /brings its own boot loader/ },
  {
    asked: {},
    image: { ...IMAGE, about: { bootLoader: "network-kernel" } },
    words: /its boot loader is network-kernel, which this version cannot start/,
  },
  {
    asked: { bootLoader: "systemd-boot" },
    image: { ...IMAGE, about: { bootLoader: "none" } },
    words: undefined,
  },
  {
    asked: { seed: { kind: "ignition", userData: '{"ignition":{"version":"3.4.0"}}' } },
    words: /Ignition finds no config in a root archive/,
  },
  {
    asked: { seed: { kind: "cloud-init", userData: "#!/bin/sh" } },
    image: { ...IMAGE, about: { seed: "none" } },
    words: /says that it reads no user data/,
  },
  { asked: { probe: { kind: "phone-home" } }, image: DISK, words: /nothing in the new system would know/ },
  {
    asked: {
      probe: { kind: "phone-home" },
      seed: { kind: "cloud-init", userData: "#!/bin/sh\ncurl {phone_home}" },
    },
    image: DISK,
    words: undefined,
  },
] as const)("$asked: $words", ({ asked: request, image, words }) => {
  const checked = check(request, image ?? IMAGE);
  if (words === undefined) expect(checked.ok).toBe(true);
  else if (checked.ok) expect.unreachable();
  else expect(describeStartProblem(checked.problem)).toMatch(words);
});
