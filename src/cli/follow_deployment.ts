import { setTimeout as sleep } from "node:timers/promises";
import type { ProgressMessage } from "#src/http/deployment_types.ts";
import { inertLine } from "#src/value/inert_line.ts";
import type { ApiClient } from "./api_client.ts";
import { CliFault, EXIT, type ExitCode } from "./cli_fault.ts";
import type { CliIo } from "./cli_io.ts";
import { segment } from "./command_context.ts";
import { DeploymentBars } from "./deployment_bars.ts";
import { newLines, summary, type Watched, withMessage } from "./deployment_report.ts";
import { type ListOptions, writeLists } from "./node_lists.ts";
import { json } from "./output.ts";

/** An appliance that is started again is back in seconds; one that is gone for longer needs a person. */
const PATIENCE_MS = 5 * 60_000;
const PAUSE_MS = 1000;

export type FollowOptions = {
  readonly client: ApiClient;
  readonly io: CliIo;
  readonly id: string;
  readonly asJson: boolean;
  readonly lists?: ListOptions;
};

/**
 * Shows a deployment until it has ended: bars for a person, lines for a log.
 * Ctrl-C leaves it alone. A lost appliance is waited for.
 *
 * @returns ok only when it succeeded
 */
export async function followDeployment(options: FollowOptions): Promise<ExitCode> {
  const { client, io, id, asJson, lists = {} } = options;
  const detached = new AbortController();
  const restore = io.onInterrupt(() => detached.abort());
  const view = asJson ? silentView() : viewFor(io);
  let watched: Watched | undefined;
  try {
    for await (const message of messages(client, id, { signal: detached.signal, io })) {
      const next = withMessage(watched, message);
      view.show(watched, next);
      watched = next;
    }
  } finally {
    restore();
    view.stop();
  }
  if (detached.signal.aborted) {
    io.err(
      `Detached; ${id} goes on. Look again with "brigade deployment wait ${id}", end it with "brigade deployment cancel ${id}"\n`,
    );
    return EXIT.interrupted;
  }
  if (!watched) throw new CliFault(EXIT.failed, `Cannot follow ${id}: the appliance told nothing about it`);
  io.out(asJson ? json({ ...watched.deployment, progress: [...watched.nodes.values()] }) : summary(watched));
  await writeLists(lists, watched.deployment);
  return watched.deployment.succeeded ? EXIT.ok : EXIT.failed;
}

type Watching = { readonly signal: AbortSignal; readonly io: CliIo };

/** Progress until the end, over restarts of the appliance; ends early when `signal` says so. */
async function* messages(
  client: ApiClient,
  id: string,
  { signal, io }: Watching,
): AsyncGenerator<ProgressMessage> {
  const patience = new Patience(io);
  while (!signal.aborted) {
    try {
      for await (const { event, data } of client.stream(`/deployments/${segment(id)}/events`, signal)) {
        patience.heard();
        if (event === "progress") yield JSON.parse(data) as ProgressMessage;
        if (event === "ended") return;
      }
    } catch (fault) {
      if (!signal.aborted) patience.lost(fault);
    }
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
  }
}

/** Tells once that the appliance is lost, and gives up when it stays so. */
class Patience {
  readonly #io: CliIo;
  #lostAtMs: number | undefined;

  constructor(io: CliIo) {
    this.#io = io;
  }

  heard(): void {
    this.#lostAtMs = undefined;
  }

  /** @throws `fault` when waiting does not help (any more) */
  lost(fault: unknown): void {
    const isLost = fault instanceof CliFault && fault.exitCode === EXIT.unreachable && !fault.problem;
    if (!isLost) throw fault;
    if (this.#lostAtMs === undefined) this.#io.err(`${inertLine(fault.message)}. Trying again\n`);
    this.#lostAtMs ??= this.#io.nowMs();
    if (this.#io.nowMs() - this.#lostAtMs > PATIENCE_MS) throw fault;
  }
}

type View = {
  readonly show: (before: Watched | undefined, after: Watched) => void;
  readonly stop: () => void;
};

const silentView = (): View => ({ show: () => {}, stop: () => {} });

function viewFor(io: CliIo): View {
  const { terminal } = io;
  if (!terminal) {
    const print = (before: Watched | undefined, after: Watched): void => {
      for (const line of newLines(before, after)) io.out(`${line}\n`);
    };
    return { show: print, stop: () => {} };
  }
  let bars: DeploymentBars | undefined;
  return {
    show: (_, after) => {
      bars ??= new DeploymentBars(terminal, after.nodes.size, io.nowMs);
      bars.show(after);
    },
    stop: () => bars?.stop(),
  };
}
