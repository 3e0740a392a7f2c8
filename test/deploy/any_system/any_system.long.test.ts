/**
 * Any operating system: a disk that is no Linux comes out of a deployment byte for byte and is started by the BIOS; a Linux
 * disk made for a smaller machine grows, gets its own name and keys, and is started too.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Appliance, makeKey } from "../../lab/demo/appliance.ts";
import { askNode } from "../../lab/demo/proof.ts";
import { type Lab, startLab } from "../../lab/lab.ts";
import type { LabNode } from "../../lab/plan.ts";
import { waitForSerial } from "../../lab/serial.ts";
import { RamdiskChroot } from "../ramdisk_chroot.ts";
import { HELLO, makeForeignDisk, NTFS, sha256OfPart } from "./foreign_disk.ts";
import { makeLinuxDisk } from "./linux_disk.ts";

const BRIGADE = ["node", "src/app/main.ts"];
const ARCHIVE = "out/images/debian-12.tar.zst";
const MARKER = "sector 40 is there";
/** Emulated machines on two busy cores. */
const DEPLOY_LIMIT_MS = 500_000;

let lab: Lab;
let appliance: Appliance;
let foreign: string;
let other: LabNode;
let linux: LabNode;
const scratch = mkdtempSync("/tmp/brigade-any-system-");

beforeAll(async () => {
  await using ramdisk = await RamdiskChroot.open();
  const disk = await makeLinuxDisk(ramdisk, ARCHIVE, "no_timer_check");
  foreign = makeForeignDisk(scratch, MARKER);
  lab = await startLab({ nodes: 2, firmware: "bios", directory: "out/lab/test-any-system" });
  [other, linux] = lab.nodes as [LabNode, LabNode];
  appliance = new Appliance(lab, BRIGADE);
  await appliance.start();
  for (const node of lab.nodes) await appliance.addNode(node, []);
  await appliance.brigade("image", "import", foreign, "--name", "foreign");
  await appliance.brigade("image", "import", disk, "--name", "linux");
});
afterAll(async () => {
  await appliance?.stop();
  await lab?.stop();
  rmSync(scratch, { recursive: true });
});

const deploy = async (...words: string[]): Promise<void> => {
  const { code, stdout, stderr } = await appliance.run(["deploy", ...words], DEPLOY_LIMIT_MS);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
};

test("both are installed beside each other, and run", async () => {
  const key = await makeKey(lab.directory);
  await Promise.all([
    deploy("foreign", "--nodes", "node1", "--probe", "none"),
    deploy("linux", "--nodes", "node2", "--customize", "--key", `${key}.pub`),
  ]);

  await waitForSerial(other, new RegExp(`${HELLO}\\s+${MARKER}`), { limitMs: 120_000 });
  expect(sha256OfPart(other.disk, NTFS)).toBe(sha256OfPart(foreign, NTFS));

  const proof = await askNode(lab, { node: linux, address: await appliance.addressOf("node2"), key });
  expect(proof.problems).toEqual([]);
  expect(Number(proof.facts.rootMb)).toBeGreaterThan(3500);
});
