/** The lab itself: would a deployment fail here because of it? */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readdirSync, readlinkSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { talkingBootSector } from "./boot_sector.ts";
import { collect } from "./collect.ts";
import { type Lab, startLab } from "./lab.ts";
import type { LabNode } from "./plan.ts";
import { readRunningLab } from "./running_lab.ts";
import { serialText, waitForSerial } from "./serial.ts";

const DIRECTORY = "out/lab/test-lab";
let lab: Lab;
let bios: LabNode;
let uefi: LabNode;

beforeAll(async () => {
  lab = await startLab({ nodes: 2, directory: DIRECTORY });
  [bios, uefi] = lab.nodes as [LabNode, LabNode];
  writeSync(openSync(bios.disk, "r+"), talkingBootSector("The disk has booted\r\n"));
});
afterAll(() => lab.stop());

test("the appliance has eth1 and reaches every BMC", async () => {
  const { stdout } = await lab.exec(["ip", "-brief", "address", "show", "eth1"]);
  expect(stdout).toContain("10.77.0.1/24");
  for (const node of lab.nodes) expect((await lab.power(node, "status")).stdout).toContain("is off");
});

test("BIOS and UEFI machines ask for an address with their MAC when they are switched on", async () => {
  const tcpdump = lab.spawn(["tcpdump", "-lni", "eth1", "udp", "port", "67"]);
  await lineWith(tcpdump, "stderr", "listening");
  await lab.power(bios, "on");
  await lab.power(uefi, "on");
  await lineWith(tcpdump, "stdout", bios.mac);
  await lineWith(tcpdump, "stdout", uefi.mac);
  tcpdump.kill();
  expect((await lab.power(uefi, "status")).stdout).toContain("is on");
  await lab.power(uefi, "off");
});

test("a pulled cable is noticed by the machine's switch port", async () => {
  const port = async () =>
    (await collect(lab.spawnOnSwitch(["ip", "-brief", "link", "show", bios.tap]), 5000)).stdout;
  await lab.cable(bios, "down");
  expect(await port()).toContain(" DOWN ");
  await lab.cable(bios, "up");
  expect(await port()).toContain(" UP ");
});

test("without an answer from the network a BIOS machine comes to its disk", async () => {
  await waitForSerial(bios, /The disk has booted/, { limitMs: 90_000 });
});

test("a reset and a cycle start it anew, network first", async () => {
  for (const action of ["reset", "cycle"] as const) {
    const from = serialText(bios).length;
    await lab.power(bios, action);
    await waitForSerial(bios, /iPXE initialising devices/, { from, limitMs: 30_000 });
    expect(serialText(bios).slice(from)).not.toContain("The disk has booted");
  }
});

test("told to boot from the disk, it does so once, without asking the network", async () => {
  await lab.power(bios, "off");
  const from = serialText(bios).length;
  await lab.ipmi(bios, "chassis", "bootdev", "disk");
  await lab.power(bios, "on");
  await waitForSerial(bios, /The disk has booted/, { from, limitMs: 30_000 });
  expect(serialText(bios).slice(from)).not.toContain("initialising devices");
  await lab.power(bios, "off");
});

test("a lab whose starter is killed is gone, all of it", async () => {
  const script = `import { startLab } from "#test/lab/lab.ts";
    const lab = await startLab({ nodes: 1, directory: "${DIRECTORY}-killed" });
    await lab.power(lab.nodes[0], "on");
    lab.spawn(["sleep", "1000"]);
    process.stdout.write("up\\n");
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ["--input-type=module-typescript", "--eval", script]);
  await lineWith(starter, "stdout", "up");
  const killed = readRunningLab(`${DIRECTORY}-killed`);
  const networks = [networkOf(killed?.appliancePid), networkOf(killed?.supervisor.pid)];
  expect(processesIn(networks).length).toBeGreaterThanOrEqual(5);
  starter.kill("SIGKILL");
  await once(starter, "exit");
  await expect.poll(() => processesIn(networks), { timeout: 5000 }).toEqual([]);
});

test("a lab that is stopped is gone, with its disks", async () => {
  const other = await startLab({ nodes: 1, directory: `${DIRECTORY}-stopped` });
  const running = readRunningLab(other.directory);
  const networks = [networkOf(running?.appliancePid), networkOf(running?.supervisor.pid)];
  await other.stop();
  // A killed process is there until its parent has taken note.
  await vi.waitFor(() => expect(processesIn(networks)).toEqual([]), { timeout: 10_000 });
  expect(readdirSync(other.directory)).toEqual(["node1"]);
  expect(readdirSync(`${other.directory}/node1`)).not.toContain("disk.img");
});

/** The next line of a program that holds `words`. The test's own time limit ends the waiting. */
async function lineWith(child: ChildProcess, from: "stdout" | "stderr", words: string): Promise<void> {
  const stream = child[from];
  if (stream === null) throw new Error("The program's output is not a pipe");
  const lines = createInterface({ input: stream });
  await new Promise<void>((found, ended) => {
    lines.on("line", (line) => line.toLowerCase().includes(words) && found());
    child.once("exit", () => ended(new Error(`It ended before it said ${words}`)));
  });
}

function networkOf(pid: number | string | undefined): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** Ids of the processes in these networks. */
function processesIn(networks: readonly (string | undefined)[]): string[] {
  return readdirSync("/proc").filter((name) => {
    const network = /^\d+$/.test(name) ? networkOf(name) : undefined;
    return network !== undefined && networks.includes(network);
  });
}
