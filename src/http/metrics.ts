/** What operators watch: counted from the event log and from answers, and looked up when somebody asks. */
import type { ApplianceEvent, LoggedEvent } from "#src/events/event.ts";
import type { ApiServices } from "./api_services.ts";
import type { Family, Labels, Sample } from "./metrics_text.ts";
import { Counts, Histograms } from "./metrics_values.ts";
import { StepClock } from "./step_clock.ts";

/** From a quick script to an image on a slow disk, seconds. */
const STEP_BOUNDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200, 3600];
const LAG_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const LAG_EVERY_MS = 200;

type Watched = Pick<
  ApiServices,
  "events" | "nodes" | "groups" | "images" | "deployments" | "seen" | "status" | "gauges"
>;

export class Metrics implements Disposable {
  readonly #services: Watched;
  readonly #events = new Counts();
  readonly #fileBytes = new Counts();
  readonly #files = new Counts();
  readonly #requests = new Counts();
  readonly #deploymentNodes = new Counts();
  readonly #steps = new StepClock();
  readonly #stepSec = new Histograms(STEP_BOUNDS);
  readonly #lagSec = new Histograms(LAG_BOUNDS);
  /** Image bytes of each deployment that is under way, as they were counted last. */
  readonly #sent = new Map<string, number>();
  #imageBytes = 0;
  #deploymentsStarted = 0;
  readonly #stop: () => void;

  constructor(services: Watched) {
    this.#services = services;
    for (const { id } of services.deployments.running()) this.#sent.set(id, 0);
    const unsubscribe = services.events.subscribe((logged) => this.#hear(logged));
    let dueAtMs = performance.now() + LAG_EVERY_MS;
    // How much later than it should a timer comes is how long everything else waits, too.
    const timer = setInterval(() => {
      const nowMs = performance.now();
      this.#lagSec.observe({}, Math.max(0, nowMs - dueAtMs) / 1000);
      dueAtMs = nowMs + LAG_EVERY_MS;
    }, LAG_EVERY_MS).unref();
    this.#stop = () => {
      clearInterval(timer);
      unsubscribe();
    };
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  /** An answer of the API. @param route as it is registered, so that there is a bounded number */
  answered(labels: { readonly method: string; readonly route: string; readonly status: string }): void {
    this.#requests.add(labels);
  }

  async families(): Promise<readonly Family[]> {
    await this.#countImageBytes();
    return [...this.#ofThings(), ...this.#ofWork(), ...this.#ofProcess()];
  }

  #hear({ event, atMs }: LoggedEvent): void {
    this.#events.add({ kind: event.kind });
    const step = this.#steps.hear(event, atMs);
    if (step) this.#stepSec.observe({ step: step.step, result: step.result }, step.tookMs / 1000);
    this.#hearMore(event);
  }

  #hearMore(event: ApplianceEvent): void {
    if (event.kind === "fileSent") {
      this.#fileBytes.add({ via: event.via }, event.bytes);
      this.#files.add({ via: event.via });
    } else if (event.kind === "deploymentStarted") {
      this.#sent.set(event.deployment, this.#sent.get(event.deployment) ?? 0);
      if (!event.resumed) this.#deploymentsStarted++;
    } else if (event.kind === "nodeDeployed") this.#deploymentNodes.add({ result: "ok" });
    else if (event.kind === "nodeFailed") this.#deploymentNodes.add({ result: "failed" });
  }

  async #countImageBytes(): Promise<void> {
    for (const [id, before] of this.#sent) {
      const deployment = await this.#services.deployments.byId(id);
      // It goes on from what it had sent before a restart: that was counted by the process of that time.
      const sentBytes = deployment?.sourceSentBytes ?? before;
      this.#imageBytes += Math.max(0, sentBytes - before);
      if (!deployment || deployment.endedAtMs !== undefined) this.#sent.delete(id);
      else this.#sent.set(id, sentBytes);
    }
  }

  #ofThings(): readonly Family[] {
    const { nodes, images, deployments, status, gauges } = this.#services;
    const { pools, dhcp } = gauges();
    const all = nodes.all();
    const held = all.filter((node) => this.#services.seen(node).held !== undefined).length;
    return [
      gauge("brigade_nodes", "Nodes by state", tally(all.map((node) => ({ state: node.status })))),
      gauge("brigade_nodes_held", "Nodes that get nothing of value until an operator looked", [
        { value: held },
      ]),
      gauge(
        "brigade_nodes_busy",
        "Nodes that are being installed, by step",
        tally(runningSteps(deployments.running())),
      ),
      gauge("brigade_agents", "Agents that are connected", [{ value: status().agents }]),
      gauge("brigade_images", "Images in the catalogue", [{ value: images.all().length }]),
      gauge("brigade_deployments_running", "Deployments under way", [
        { value: deployments.running().length },
      ]),
      gauge(
        "brigade_dhcp_leases",
        "Addresses that are lent",
        pools.map(({ pool, used }) => ({ labels: { pool }, value: used })),
      ),
      gauge(
        "brigade_dhcp_pool_addresses",
        "Addresses that can be lent",
        pools.map(({ pool, size }) => ({ labels: { pool }, value: size })),
      ),
      counter(
        "brigade_dhcp_packets_total",
        "DHCP messages that came and went",
        dhcp.map(({ message, direction, count }) => ({ labels: { message, direction }, value: count })),
      ),
    ];
  }

  #ofWork(): readonly Family[] {
    return [
      counter("brigade_deployments_started_total", "Deployments that were started", [
        { value: this.#deploymentsStarted },
      ]),
      counter(
        "brigade_deployment_nodes_total",
        "Nodes whose deployment came to an end, by result",
        this.#deploymentNodes.samples(),
      ),
      histogram(
        "brigade_step_seconds",
        "What attempts at steps of deployments took",
        this.#stepSec.samples(),
      ),
      counter("brigade_image_bytes_sent_total", "Image bytes that left the appliance itself", [
        { value: this.#imageBytes },
      ]),
      counter(
        "brigade_boot_file_bytes_sent_total",
        "Bytes of boot files, by protocol",
        this.#fileBytes.samples(),
      ),
      counter(
        "brigade_boot_files_sent_total",
        "Boot files that were fetched whole, by protocol",
        this.#files.samples(),
      ),
      counter("brigade_events_total", "Events by kind", this.#events.samples()),
      counter("brigade_api_requests_total", "Answers of the API", this.#requests.samples()),
    ];
  }

  #ofProcess(): readonly Family[] {
    const { user, system } = process.cpuUsage();
    const startedSec = performance.timeOrigin / 1000;
    return [
      gauge("brigade_info", "Always 1", [{ labels: { version: this.#services.status().version }, value: 1 }]),
      gauge("process_resident_memory_bytes", "Memory that is in use", [{ value: process.memoryUsage.rss() }]),
      counter("process_cpu_seconds_total", "Processor time, all threads", [{ value: (user + system) / 1e6 }]),
      gauge("process_start_time_seconds", "When the process began, Unix time", [{ value: startedSec }]),
      histogram(
        "brigade_event_loop_lag_seconds",
        "How late timers came: how long everything waits",
        this.#lagSec.samples(),
      ),
    ];
  }
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  help,
  type: "gauge",
  samples,
});
const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  help,
  type: "counter",
  samples,
});
const histogram = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  help,
  type: "histogram",
  samples,
});

/** How many there are of each. */
function tally(all: readonly Labels[]): readonly Sample[] {
  const counts = new Counts();
  for (const labels of all) counts.add(labels);
  return counts.samples();
}

const runningSteps = (running: ReturnType<Watched["deployments"]["running"]>): readonly Labels[] =>
  running.flatMap(({ nodes }) =>
    nodes.flatMap(({ state }) => (state.kind === "running" ? [{ step: state.step }] : [])),
  );
