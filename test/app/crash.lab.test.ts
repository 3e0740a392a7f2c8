/**
 * The whole appliance, killed with SIGKILL in every step of a deployment of two real machines (one BIOS, one UEFI), goes
 * on each time where it was; the machines end with the installed system and nothing was done twice. What their agents
 * heard of the switch is known as well.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApplianceEvent } from "#src/events/event.ts";
import { STRAIGHT } from "../deploy/states.ts";
import { Appliance, makeKey } from "../lab/demo/appliance.ts";
import { askNode, twins } from "../lab/demo/proof.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import { SWITCH_NAME, SwitchLldp } from "../lab/switch_lldp.ts";

const BRIGADE = ["node", "src/app/main.ts"];
/** Emulated machines on two busy cores. */
const STEP_LIMIT_MS = 400_000;

let lab: Lab;
let appliance: Appliance;
let lldp: SwitchLldp;
beforeAll(async () => {
  lab = await startLab({ nodes: 2, directory: "out/lab/test-crash" });
  lldp = new SwitchLldp(lab);
  appliance = new Appliance(lab, BRIGADE);
});
afterAll(async () => {
  await lldp?.stop();
  await lab?.stop();
});

test("killed in each step, a deployment ends as if nothing had happened", async () => {
  await appliance.start();
  for (const node of lab.nodes) await appliance.addNode(node, ["no_timer_check"]);
  await appliance.brigade("image", "import", "out/images/debian-12.tar.zst", "--name", "debian-12");
  await appliance.stop();
  const key = await makeKey(lab.directory);

  let server = startServer();
  await server.until((event) => event === undefined);
  await appliance.brigade("deploy", "debian-12", "--nodes", "node[1-2]", "--key", `${key}.pub`, "--detach");
  for (const step of STRAIGHT) {
    await server.until((event) => event?.kind === "stepStarted" && event.step === step);
    await server.kill();
    server = startServer();
  }
  const ended = await server.until((event) => event?.kind === "deploymentEnded");
  expect(ended).toMatchObject({ ok: 2, failed: 0 });

  const proofs = await Promise.all(
    lab.nodes.map(async (node) => askNode(lab, { node, address: await appliance.addressOf(node.name), key })),
  );
  expect([...proofs.flatMap(({ problems }) => problems), ...twins(proofs)]).toEqual([]);
  for (const { serialLog } of lab.nodes) expect(scriptsRunTwice(serialLog)).toEqual([]);

  const wiring = await appliance.brigade("fabric", "show", "--ascii");
  expect(wiring).toContain(`${SWITCH_NAME}, not read\n`);
  expect(wiring).toContain("node[1-2] on ports tap[1-2]\n");
});

/** Names of jobs that an agent was seen to begin more than once. */
function scriptsRunTwice(serialLog: string): readonly string[] {
  const begun = [...readFileSync(serialLog, "utf8").matchAll(/agent: Running (\S+)/g)].map(
    ([, id]) => id ?? "",
  );
  expect(begun.length).toBeGreaterThanOrEqual(7);
  return begun.filter((id, index) => begun.indexOf(id) !== index);
}

type Server = {
  /** Resolves with the first event from now on that `wanted` takes; it gets `undefined` when the appliance serves. */
  readonly until: (
    wanted: (event: ApplianceEvent | undefined) => boolean,
  ) => Promise<ApplianceEvent | undefined>;
  readonly kill: () => Promise<void>;
};

function startServer(): Server {
  const child = appliance.spawnServer(["ignore", "pipe", "inherit"]);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const seen: (ApplianceEvent | undefined)[] = [];
  let look = (): void => {};
  lines.on("line", (line) => {
    const { event, message } = JSON.parse(line) as { event?: ApplianceEvent; message: string };
    if (event !== undefined || message.startsWith("Serving ")) seen.push(event);
    look();
  });
  return {
    until: (wanted) =>
      new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error("The appliance did not come so far")), STEP_LIMIT_MS);
        look = () => {
          const index = seen.findIndex(wanted);
          if (index < 0) return;
          clearTimeout(limit);
          look = () => {};
          resolve(seen[index]);
        };
        look();
      }),
    kill: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}
