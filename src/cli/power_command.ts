import type { Command } from "commander";
import type { PowerOutcome, PowerRequest } from "#src/http/power_types.ts";
import type { WindowsView } from "#src/http/stats_types.ts";
import { foldNodeSet } from "#src/value/node_set.ts";
import { EXIT } from "./cli_fault.ts";
import { asking, type Commands } from "./command_context.ts";
import { checkNodeSet } from "./node_names.ts";
import { table } from "./output.ts";

const ACTIONS: Readonly<Record<PowerRequest["action"], string>> = {
  status: "ask whether nodes are on or off",
  on: "switch nodes on",
  off: "switch nodes off at once",
  cycle: "switch nodes off and on again",
  reset: "start nodes anew without losing their power",
};

export function powerCommand(program: Command, commands: Commands): void {
  const power = program.command("power").description("switch nodes on and off");
  windowCommand(power, commands);
  for (const [action, description] of Object.entries(ACTIONS)) {
    const command = power.command(action).argument("<nodes>", "node set").description(description);
    if (action !== "status") command.option("--force", "also nodes that a deployment is installing");
    asking<{ force?: boolean }>(command, commands, async ({ client, options, show }, nodes = "") => {
      checkNodeSet(nodes);
      const request = { nodes, action, force: options.force === true };
      const outcomes = await client.send<readonly PowerOutcome[]>("POST", "/power", request);
      show(outcomes, () => describe(outcomes));
      return outcomes.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
    });
  }
}

function windowCommand(power: Command, commands: Commands): void {
  const command = power.command("window").description("who may start now, and who waits for a slot");
  asking(command, commands, async ({ client, show }) => {
    const view = await client.get<WindowsView>("/windows");
    show(view, () => table(["WINDOW", "WHO", "IN FLIGHT", "WAITING"], windowRows(view)));
  });
}

const windowRows = (view: WindowsView): readonly (readonly string[])[] =>
  (["reboot", "power"] as const).flatMap((name) => {
    const { mostInFlight, lanes } = view[name];
    const row = (lane: string, inFlight: number, waiting: number): readonly string[] => [
      ...[name, lane, `${inFlight} of ${mostInFlight}`, String(waiting)],
    ];
    return lanes.length === 0
      ? [row("-", 0, 0)]
      : lanes.map(({ lane, inFlight, waiting }) => row(lane, inFlight, waiting));
  });

function describe(outcomes: readonly PowerOutcome[]): string {
  const rows = outcomes.map(({ node, ok, state, problem }) => [node, ok ? (state ?? "-") : `KO: ${problem}`]);
  const failed = outcomes.filter(({ ok }) => !ok).map(({ node }) => node);
  return `${table(["NODE", "POWER"], rows)}${failed.length > 0 ? `KO ${foldNodeSet(failed)}\n` : ""}`;
}
