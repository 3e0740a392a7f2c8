import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { APPLIANCE } from "#src/fabric/fabric_messages.ts";
import type { FabricSwitch } from "#src/fabric/graph.ts";
import { drawGraph } from "#src/fabric/graphviz.ts";
import { describeOrder } from "#src/fabric/order_text.ts";
import type { ChainOrder } from "#src/fabric/order_types.ts";
import type { ScanRecord } from "#src/fabric/scan_record.ts";
import { drawTree } from "#src/fabric/tree_text.ts";
import type { FabricView, ScanRequest, ScanStateView } from "#src/http/fabric_types.ts";
import { CliFault, EXIT, type ExitCode } from "./cli_fault.ts";
import { asking, type Commands, type Context } from "./command_context.ts";
import { fabricCheckCommand } from "./fabric_check_command.ts";
import { asOf, orderTable, scanList, scanReport, switchReport } from "./fabric_report.ts";
import { checkNodeSet } from "./node_names.ts";

/** A scan ends by itself within five minutes. */
const LOOK_MS = 500;

export function fabricCommands(program: Command, commands: Commands): void {
  const fabric = program
    .command("fabric")
    .description("how the network is wired: switches, links, ports of nodes");
  showCommand(fabric, commands);
  discoverCommand(fabric, commands);
  lookCommands(fabric, commands);
  fabricCheckCommand(fabric, commands);

  const order = fabric
    .command("order")
    .argument("<nodes>", "node set")
    .description("in which order a broadcast would go through these nodes")
    .option("--explain", "say why");
  asking<{ readonly explain?: boolean }>(order, commands, async ({ client, options, show }, nodes = "") => {
    checkNodeSet(nodes);
    const found = await client.get<ChainOrder>(`/fabric/order?nodes=${encodeURIComponent(nodes)}`);
    show(found, () => (options.explain ? describeOrder(found) : orderTable(found)));
  });
}

type ShowOptions = { readonly dot?: boolean; readonly ascii?: boolean };

const NOTHING = "Nothing is known yet: no LLDP was heard, and no switch was asked\n";
const DEFAULT_WIDTH = 100;

function showCommand(fabric: Command, commands: Commands): void {
  const command = fabric
    .command("show")
    .description("switches, links and nodes as a tree from the appliance down")
    .option("--dot", "as a graph for Graphviz")
    .option("--ascii", "without characters for lines");
  asking<ShowOptions>(command, commands, async ({ client, io, options, show }) => {
    const view = await client.get<FabricView>("/fabric");
    const { fabric: graph, scan } = view;
    if (options.dot) {
      io.out(graph ? drawGraph(graph, { appliance: APPLIANCE }) : "graph {}\n");
      return undefined;
    }
    const { columns: width = DEFAULT_WIDTH } = io.stdout as { readonly columns?: number };
    show(view, () =>
      graph && scan
        ? `${drawTree(graph, { appliance: APPLIANCE, ascii: options.ascii === true, width })}\n${asOf(scan)}`
        : NOTHING,
    );
    return undefined;
  });
}

function lookCommands(fabric: Command, commands: Commands): void {
  const one = fabric
    .command("switch")
    .argument("<switch>", "its name, address, MAC or id")
    .description("one switch, port by port");
  asking(one, commands, async ({ client, show }, name = "") => {
    const graph = (await client.get<FabricView>("/fabric")).fabric;
    const found = graph?.switches.find((each) => isCalled(each, name));
    if (!graph || !found)
      throw new CliFault(EXIT.failed, `No switch is called "${name}"; see "brigade fabric show"`);
    show(found, () => switchReport(graph, found));
  });

  const history = fabric
    .command("history")
    .description("the scans that were made, and what changed between them")
    .option("--limit <number>", "how many, newest first", "20");
  asking<{ readonly limit: string }>(history, commands, async ({ client, options, show }) => {
    const records = await client.get<readonly ScanRecord[]>(
      `/fabric/scans?limit=${encodeURIComponent(options.limit)}`,
    );
    show(records, () => scanList(records));
  });
}

const isCalled = ({ id, name, addresses, macs }: FabricSwitch, word: string): boolean =>
  [id, name, ...addresses, ...macs].some((one) => one.toLowerCase() === word.toLowerCase());

type DiscoverOptions = { readonly seed?: string; readonly wait?: boolean; readonly cancel?: boolean };

function discoverCommand(fabric: Command, commands: Commands): void {
  const command = fabric
    .command("discover")
    .description("ask the switches of the settings now, and make a new graph")
    .option("--seed <address>", "a switch to begin with, beside those of the settings")
    .option("--wait", "until it has ended, and say what was found")
    .option("--cancel", "end the scan that runs");
  asking<DiscoverOptions>(command, commands, discover);
}

async function discover(context: Context<DiscoverOptions>): Promise<ExitCode | undefined> {
  const { client, options, show } = context;
  if (options.cancel) {
    const state = await client.send<ScanStateView>("DELETE", "/fabric/scan");
    show(state, () => "Told the scan to end\n");
    return undefined;
  }
  const before = await client.get<ScanStateView>("/fabric/scan");
  const body: ScanRequest = options.seed === undefined ? {} : { seed: options.seed };
  const begun = await client.send<ScanStateView>("POST", "/fabric/scan", body);
  if (!options.wait) {
    show(begun, () => 'Scanning; see what comes out with "brigade fabric show"\n');
    return undefined;
  }
  return waitFor(context, before);
}

async function waitFor(
  { client, io, options, show }: Context<DiscoverOptions>,
  before: ScanStateView,
): Promise<ExitCode | undefined> {
  const startedMs = io.nowMs();
  for (;;) {
    const state = await client.get<ScanStateView>("/fabric/scan");
    if (!state.running) {
      io.terminal?.write("\r\x1b[K");
      return ended(state);
    }
    io.terminal?.write(`\rScanning, ${Math.round((io.nowMs() - startedMs) / 1000)} s\x1b[K`);
    await sleep(LOOK_MS);
  }

  async function ended(state: ScanStateView): Promise<ExitCode | undefined> {
    if (state.failure && state.failure.atMs !== before.failure?.atMs)
      throw new CliFault(EXIT.failed, `Cannot scan the fabric: ${state.failure.problem}`);
    const { fabric, scan } = await client.get<FabricView>("/fabric");
    if (!scan) throw new CliFault(EXIT.failed, "The appliance knows of no scan any more; was it restarted?");
    show(options.json ? { scan, fabric } : undefined, () => scanReport(scan, fabric));
    return undefined;
  }
}
