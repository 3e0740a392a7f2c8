/**
 * A BIOS and a UEFI machine, installed once by their power switches, are installed again without their firmware: out of
 * the running Debian into the ramdisk, and out of the ramdisk into the new Debian. One that does not let the appliance
 * in is switched; what then stands in the ramdisk is installed without any boot.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { DeploymentView } from "#src/http/deployment_types.ts";
import { Appliance, makeKey } from "../lab/demo/appliance.ts";
import { askNode } from "../lab/demo/proof.ts";
import { type Lab, startLab } from "../lab/lab.ts";

const BRIGADE = ["node", "src/app/main.ts"];
/** As the demo has them: emulated machines on busy cores lose their clocks. */
const KERNEL_ARGUMENTS = ["no_timer_check", "clocksource=acpi_pm"];
/** Emulated machines on two busy cores. */
const DEPLOY_LIMIT_MS = 800_000;
const KEXEC_BOTH = ["--ramdisk-by", "kexec,reboot", "--system-by", "kexec,hard-reboot"];

let lab: Lab;
let appliance: Appliance;
let key: string;
beforeAll(async () => {
  lab = await startLab({ nodes: 2, directory: "out/lab/test-ways" });
  appliance = new Appliance(lab, BRIGADE);
  key = await makeKey(lab.directory);
  await appliance.start();
  for (const node of lab.nodes) await appliance.addNode(node, KERNEL_ARGUMENTS);
  await appliance.brigade("image", "import", "out/images/debian-12.tar.zst", "--name", "debian-12");
});
afterAll(async () => {
  await appliance?.stop();
  await lab?.stop();
});

test("into the ramdisk and out of it by kexec, with no firmware in between", async () => {
  await deploy("node[1-2]");
  const before = events().length;
  const again = await deploy("node[1-2]", ...KEXEC_BOTH);
  expect(waysOf(again)).toEqual(["kexec, archive, kexec", "kexec, archive, kexec"]);
  // What firmware would have asked for, and what would have started it.
  const kinds = events()
    .slice(before)
    .map(({ kind }) => kind);
  expect(kinds).not.toContain("bootScriptSent");
  expect(kinds).not.toContain("powerCommanded");
  for (const node of lab.nodes) {
    const { problems } = await askNode(lab, { node, address: await appliance.addressOf(node.name), key });
    expect(problems).toEqual([]);
    const commandLine = await ask(node.name, "cat /proc/cmdline");
    // GRUB puts the kernel's name in front.
    expect(commandLine).toMatch(
      /^root=UUID=\S+ ro console=tty0 console=ttyS0,115200 no_timer_check clocksource=acpi_pm$/m,
    );
    expect(commandLine).not.toContain("BOOT_IMAGE");
  }
});

test("a machine that lets nobody in is switched; left in the ramdisk it needs no boot", async () => {
  await ask("node1", "sed -i /brigade-appliance/d /root/.ssh/authorized_keys");
  const switched = await deployTo("format", "--ramdisk-by", "kexec,reboot");
  expect(waysOf(switched)).toEqual(["kexec, reboot, archive"]);
  expect(switched.progress[0]?.records[0]).toMatchObject({
    step: "kexec-into-ramdisk",
    why: "No Linux on node1 can be reached by SSH: All configured authentication methods failed",
  });
  const before = events().length;
  const already = await deployTo("format", "--ramdisk-by", "already");
  expect(waysOf(already)).toEqual(["already, archive"]);
  const kinds = events()
    .slice(before)
    .map(({ kind }) => kind);
  expect(kinds).not.toContain("powerCommanded");
  expect(kinds).not.toContain("agentConnected");
});

/** Deploys to node1 as far as the end of a step; what comes behind it was seen above. */
async function deployTo(step: string, ...more: string[]): Promise<DeploymentView> {
  const key = join(lab.directory, "demo-key.pub");
  const words = ["deploy", "debian-12", "--nodes", "node1", "--key", key, "--detach", "--json", ...more];
  const { id }: DeploymentView = JSON.parse(await appliance.brigade(...words));
  const isReached = (event: ApplianceEvent): boolean =>
    event.kind === "stepFinished" && event.deployment === id && event.step === step;
  await expect.poll(() => events().some(isReached), { timeout: 300_000, interval: 500 }).toBe(true);
  await appliance.brigade("deployment", "cancel", id);
  return JSON.parse(await appliance.brigade("deployment", "show", id, "--json"));
}

async function deploy(nodes: string, ...more: string[]): Promise<DeploymentView> {
  const words = ["deploy", "debian-12", "--nodes", nodes, "--key", `${key}.pub`, "--json", ...more];
  const { code, stdout, stderr } = await appliance.run(words, DEPLOY_LIMIT_MS);
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${stderr}${stdout}`);
  return JSON.parse(stdout);
}

/** Of each node, the ways in the order in which they were taken. */
const waysOf = ({ progress }: DeploymentView): string[] =>
  progress.map(({ records }) => {
    const ways = records.map(({ way, phase }) => `${phase} ${way}`);
    return ways
      .filter((way, place) => way !== ways[place + 1])
      .map((way) => way.slice(2))
      .join(", ");
  });

/** All that the appliance has said so far. */
const events = (): ApplianceEvent[] =>
  readFileSync(join(lab.directory, "appliance.log"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .flatMap((line) => (JSON.parse(line) as { event?: ApplianceEvent }).event ?? []);

async function ask(node: string, script: string): Promise<string> {
  const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"];
  const words = options.flatMap((option) => ["-o", option]);
  const address = await appliance.addressOf(node);
  const { code, stdout, stderr } = await lab.exec(["ssh", ...words, "-i", key, `root@${address}`, script]);
  if (code !== 0) throw new Error(`${script} on ${node} ended with ${code}: ${stderr}`);
  return stdout;
}
