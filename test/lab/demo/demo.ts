/**
 * `make demo`: the whole way of an operator, from an empty appliance to machines that run an installed Debian.
 *
 * Starts the virtual network, the appliance, registers the machines, imports the image, deploys it, asks every machine
 * over SSH who it is, prints the figures and takes everything down again. Ends with 0 only when all is as it should be.
 */
import { existsSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Lab, startLab } from "../lab.ts";
import { SwitchLldp } from "../switch_lldp.ts";
import { Appliance, makeKey } from "./appliance.ts";
import { countedImageBytes, countImageBytes } from "./counters.ts";
import { Phases, table } from "./phases.ts";
import { askNode, type Proof, twins } from "./proof.ts";

const IMAGE = { name: "debian-12", file: "out/images/debian-12.tar.zst" };
/**
 * Under emulation on a busy host the kernel may not find its timer, and measures the speed of its processor's clock so
 * wrongly that its minutes last 30 s: it gets the ACPI clock, whose speed is fixed.
 */
const KERNEL_ARGUMENTS = ["no_timer_check", "clocksource=acpi_pm"];
/** Image bytes that may leave the appliance, as a multiple of the image: once, and packet headers. */
const MOST_COPIES = 1.5;
const MB = 1e6;

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "4" },
    /** For a run from the sources: "node src/app/main.ts". */
    brigade: { type: "string", default: "out/brigade" },
  },
});

async function demonstrate(lab: Lab, phases: Phases): Promise<readonly string[]> {
  const appliance = new Appliance(lab, values.brigade.split(" "));
  const startMs = await phases.run("Start the appliance", () => appliance.start());
  const idleMb = appliance.residentMb();
  await phases.run(`Register ${lab.nodes.length} machines`, async () => {
    for (const node of lab.nodes) await appliance.addNode(node, KERNEL_ARGUMENTS);
  });
  await phases.run(`Import ${IMAGE.file}`, () =>
    appliance.brigade("image", "import", IMAGE.file, "--name", IMAGE.name),
  );
  const key = await makeKey(lab.directory);
  await countImageBytes(lab);
  const set = lab.nodes.length === 1 ? "node1" : `node[1-${lab.nodes.length}]`;
  const code = await phases.run(`brigade deploy ${IMAGE.name} --nodes ${set} --key demo-key.pub`, () =>
    appliance.show("deploy", IMAGE.name, "--nodes", set, "--key", `${key}.pub`),
  );
  const left = await traffic(lab, appliance);
  phases.say(table(left.rows));
  await phases.run("brigade fabric show", () => appliance.show("fabric", "show"));
  if (code !== 0) return [`brigade deploy ended with code ${code}; see ${lab.directory}/appliance.log`];
  const proofs = await phases.run("Ask every machine who it is", () => askAll(lab, appliance, key));
  phases.say(table([PROOF_HEAD, ...proofs.map(proofRow)]));
  phases.say(
    table([["appliance answered after", `${Math.round(startMs)} ms, ${idleMb} MB idle`], ...phases.rows()]),
  );
  return [...proofs.flatMap(({ problems }) => problems), ...twins(proofs), ...left.problems];
}

async function askAll(lab: Lab, appliance: Appliance, key: string): Promise<Proof[]> {
  const nodes = JSON.parse(await appliance.brigade("node", "list", "--json")) as readonly NodeListed[];
  const addressOf = new Map(nodes.map(({ name, leasedAddress }) => [name, leasedAddress ?? ""]));
  return Promise.all(
    lab.nodes.map((node) => askNode(lab, { node, address: addressOf.get(node.name) ?? "", key })),
  );
}

type NodeListed = { readonly name: string; readonly leasedAddress?: string };
type ImageListed = { readonly name: string; readonly storedBytes: number; readonly rawBytes: number };
type DeploymentListed = { readonly id: string; readonly sourceSentBytes: number };

const PROOF_HEAD = ["node", "firmware", "hostname", "kernel", "root", "used", "up"];

function proofRow({ node, facts }: Proof): string[] {
  const { firmware, hostname, kernel, root, usedMb, uptimeSec } = facts;
  return [node.name, firmware, hostname, kernel, root, `${usedMb} MB`, `${uptimeSec} s`];
}

/** How often the image left the appliance, by its own account and by the kernel's. */
async function traffic(lab: Lab, appliance: Appliance): Promise<{ rows: string[][]; problems: string[] }> {
  const images = JSON.parse(await appliance.brigade("image", "list", "--json")) as readonly ImageListed[];
  const deployments = JSON.parse(await appliance.brigade("deployment", "list", "--json"));
  const { storedBytes = 0, rawBytes = 0 } = images.find(({ name }) => name === IMAGE.name) ?? {};
  const { sourceSentBytes = 0 } = (deployments as readonly DeploymentListed[])[0] ?? {};
  const countedBytes = await countedImageBytes(lab);
  const copies = countedBytes / storedBytes;
  const rows = [
    ["image", `${megabytes(rawBytes)} MB, stored as ${megabytes(storedBytes)} MB`],
    ["image bytes that left the appliance", `${megabytes(sourceSentBytes)} MB`],
    [
      "the same, counted by the kernel",
      `${megabytes(countedBytes)} MB, ${copies.toFixed(2)} times the image`,
    ],
  ];
  const tooMany = `the image left the appliance ${copies.toFixed(2)} times for ${lab.nodes.length} machines`;
  return { rows, problems: copies <= MOST_COPIES ? [] : [tooMany] };
}

const megabytes = (bytes: number): string => (bytes / MB).toFixed(1);

async function main(): Promise<number> {
  const missing = [IMAGE.file, values.brigade].filter((file) => !file.includes(" ") && !existsSync(file));
  if (missing.length > 0) throw new Error(`${missing.join(" and ")} not built: use "make demo"`);
  const phases = new Phases();
  const lab = await phases.run(`Start a network of ${values.nodes} machines`, () =>
    startLab({ nodes: Number(values.nodes) }),
  );
  phases.say(`        emulation by ${lab.acceleration}`);
  const lldp = new SwitchLldp(lab);
  // The lab would end with us anyway; this also removes its disks.
  const interrupted = (): void => void lab.stop().finally(() => process.exit(130));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, interrupted);
  try {
    const problems = await demonstrate(lab, phases);
    for (const problem of problems) phases.say(`NOT OK: ${problem}`);
    if (problems.length > 0) return 1;
    phases.say(`All ${lab.nodes.length} machines run ${IMAGE.name}.`);
    // After a failure it stays, next to the logs.
    rmSync(`${lab.directory}/data`, { recursive: true, force: true });
    return 0;
  } finally {
    await lldp.stop();
    await lab.stop();
  }
}

process.exitCode = await main().catch((fault: unknown) => {
  process.stderr.write(`The demo failed: ${fault instanceof Error ? fault.message : fault}\n`);
  return 1;
});
