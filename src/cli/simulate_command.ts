import type { Command } from "commander";
import { inertLine } from "#src/value/inert_line.ts";
import { EXIT, usageFault } from "./cli_fault.ts";
import type { Commands } from "./command_context.ts";
import { fields, json, seconds, size, table } from "./output.ts";

/** What a simulation found. Times in milliseconds of its own time. */
export type SimulationView = {
  readonly nodes: number;
  readonly switches: number;
  readonly imageBytes: number;
  /** One node alone would take so long. */
  readonly idealMs: number;
  /** The last node that is not late and has no fault. */
  readonly tookMs: number;
  readonly efficiency: number;
  readonly joinedMs: number;
  readonly copiesSent: number;
  readonly finished: number;
  readonly unfinished: readonly string[];
  readonly lost: readonly string[];
  readonly slow: readonly string[];
  readonly switchLinks: readonly { readonly name: string; readonly bytes: number; readonly images: number }[];
  readonly late: readonly { readonly node: string; readonly tookMs: number }[];
  readonly events: readonly { readonly atMs: number; readonly text: string }[];
};

/** Runs a simulation; the composition root brings it along. Takes the options of the command, by name. */
export type Simulate = (raw: SimulateOptions) => Promise<SimulationView | { readonly refused: string }>;

export type SimulateOptions = {
  readonly nodes: string;
  readonly switches: string;
  readonly cabling?: string;
  readonly link: string;
  readonly uplink: string;
  readonly source?: string;
  readonly image: string;
  readonly disk?: string;
  readonly memory?: string;
  readonly spread: string;
  readonly order: string;
  readonly faults: string;
  readonly seed: string;
};

type Options = SimulateOptions & { readonly json?: boolean };

const FAULTS = `
FAULTS is a list of KIND:NODES[:NUMBER][@WHEN] with commas between. NODES is a name (node7) or how many; WHEN is 40% of
the time that it takes when all is well, or 5s; left out, the seed chooses.
  kill:3          agents are killed          off:1           nodes are switched off
  stop:1[:SEC]    agents are stopped         down:1[:SEC]    cables are pulled
  flap:1[:TIMES]  2 s down, 5 s up           reboot:1[:SEC]  nodes come back with nothing
  slow:1[:SHARE]  links at a share (0.2)     disk:1[:SHARE]  disks at a share of the link (0.2)
  flip:1[:SHARE]  nodes damage what they send (a share of 0.05)
  late:8          nodes join late (70%)      restart[:SEC]   the appliance is killed and started`;

export function simulateCommand(program: Command, { io, exit }: Commands, simulate: Simulate): void {
  const command = program
    .command("simulate")
    .description(
      "run a broadcast in virtual time, with the coordinator that the appliance runs; needs no appliance",
    )
    .option("--nodes <count>", "nodes", "200")
    .option("--switches <count>", "switches below the appliance's own, nodes dealt out to them in turn", "4")
    .option("--cabling <file>", "nodes and switches of a cabling file in the place of --nodes and --switches")
    .option("--link <rate>", "link of each node", "1G")
    .option("--uplink <rate>", "link between switches", "10G")
    .option("--source <rate>", "link of the appliance; that of a node when left out")
    .option("--image <size>", "compressed bytes of the image", "2G")
    .option("--disk <rate>", "what each node writes; as fast as it comes when left out")
    .option("--memory <size>", "what each node keeps for others; all of it when left out")
    .option("--spread <ms>", "time within which nodes join", "500")
    .option("--order <fabric|name>", "what is known of the switches", "fabric")
    .option("--faults <list>", "what goes wrong", "")
    .option("--seed <number>", "the same seed gives the same run", "1")
    .option("--json", "print JSON")
    .addHelpText("after", FAULTS);
  command.action(async () => {
    const options = command.opts<Options>();
    const found = await simulate(options);
    if ("refused" in found) throw usageFault(found.refused);
    io.out(options.json ? json(found) : describe(found));
    exit(found.unfinished.length > 0 ? EXIT.failed : EXIT.ok);
  });
}

function describe(view: SimulationView): string {
  const { nodes, switches, imageBytes, idealMs, tookMs, efficiency } = view;
  const head = fields([
    ["simulated", `${nodes} nodes, ${switches} switches, ${size(imageBytes)}`],
    ["time", `${seconds(tookMs)} s (one node alone: ${seconds(idealMs)} s)`],
    ["efficiency", efficiency.toFixed(3)],
    ["all joined after", `${seconds(view.joinedMs)} s`],
    ["from the appliance", `${view.copiesSent.toFixed(2)} images`],
    ["finished", String(view.finished)],
    ["unfinished", view.unfinished.join(", ")],
    ["lost", view.lost.join(", ")],
    ["slow", view.slow.join(", ")],
  ]);
  const late = view.late.map(({ node, tookMs: ms }) => [node, seconds(ms)]);
  const links = view.switchLinks.map(({ name, bytes, images }) => [name, size(bytes), images.toFixed(2)]);
  const events = view.events.map(({ atMs, text }) => `${seconds(atMs).padStart(7)} s  ${inertLine(text)}\n`);
  return [
    head,
    ...(links.length > 0 ? [table(["switch link", "bytes", "images"], links)] : []),
    ...(late.length > 0 ? [table(["late or with a fault", "s after it joined"], late)] : []),
    ...(events.length > 0 ? [events.join("")] : []),
  ].join("\n");
}
