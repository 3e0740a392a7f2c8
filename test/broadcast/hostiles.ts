/** People who mean no good, in a broadcast to real agents. */
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { broadcastSecrets } from "#src/broadcast/proof.ts";
import { SECRET } from "./appliance_process.ts";
import type { FaultRun } from "./fault_run.ts";
import type { HostileSetup } from "./hostile_process.ts";
import { APPLIANCE, addressOf } from "./lan.ts";
import { tokenOf } from "./network.ts";
import type { ThiefSetup } from "./thief_process.ts";

const PORTS = { node: 7801, appliance: 7802 } as const;

/** Puts a program in the place of a node that flips a bit in two of its chunks and vouches for them. */
export async function poison({ network }: FaultRun, node: string): Promise<void> {
  const number = network.nodes.indexOf(node) + 1;
  const { image, chunkRawBytes } = network.setup;
  const setup: HostileSetup = {
    appliance: APPLIANCE,
    address: addressOf(number),
    keyDigest: network.setup.keyDigest,
    token: tokenOf(node),
    image,
    chunkRawBytes,
    poisoned: [3, 7],
  };
  await network.end(node);
  const since = network.appliance.reports.length;
  network.startProgram(node, "hostile_process.ts", JSON.stringify(setup));
  await network.appliance.report("change", ({ change }) => change.node === node && change.kind === "here", {
    since,
  });
}

/**
 * Has a machine without the key ask a node and the appliance for the broadcast, and send them rubbish.
 *
 * @throws when it got anything of the image
 */
export async function breakIn(run: FaultRun, stranger: string, node: string): Promise<void> {
  const { digest } = await run.network.appliance.report("ready");
  const broadcast = broadcastSecrets(SECRET, run.deployment, digest).broadcast.toString("hex");
  const host = addressOf(run.network.nodes.indexOf(node) + 1);
  const doors = [
    { host, port: PORTS.node, broadcast },
    { host: APPLIANCE, port: PORTS.appliance, broadcast },
  ];
  for (const door of [...doors, ...doors.map((each) => ({ ...each, rubbish: true }))]) {
    const setup: ThiefSetup = door;
    const thief = run.network.startProgram(stranger, "thief_process.ts", JSON.stringify(setup));
    if (!thief.stdout) throw new Error("The thief has no output");
    const [said] = await Promise.all([text(thief.stdout), once(thief, "exit")]);
    const { story } = JSON.parse(said) as { story: readonly string[] };
    if (story.some((line) => line.startsWith("piece"))) throw new Error(`A stranger got ${story.join(", ")}`);
  }
}
