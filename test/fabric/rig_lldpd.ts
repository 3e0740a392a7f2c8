/** Who speaks LLDP: lldpd, on a switch as a subagent of its snmpd, on a host alone. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Daemon } from "./rig_daemon.ts";
import {
  deviceOf,
  type HostPlan,
  hostAddress,
  PORTS_PER_SWITCH,
  portName,
  type SwitchPlan,
  switchAddress,
} from "./rig_plan.ts";
import { agentxSocket } from "./rig_snmpd.ts";

const run = promisify(execFile);

/** What is heard holds for minutes, so that a test that stops a daemon decides when it is forgotten. */
const TIMES = ["configure lldp tx-interval 1", "configure lldp tx-hold 200"];

export class Lldpd {
  readonly #daemon: Daemon;
  readonly #socket: string;

  private constructor(
    dir: string,
    within: readonly string[],
    argv: readonly string[],
    config: readonly string[],
  ) {
    mkdirSync(dir, { recursive: true });
    this.#socket = join(dir, "lldpd");
    const file = join(dir, "lldpd.conf");
    writeFileSync(file, `${[...TIMES, ...config].join("\n")}\n`);
    const words = ["lldpd", "-d", "-u", this.#socket, "-O", file, ...argv];
    this.#daemon = new Daemon({ within, argv: words, log: join(dir, "lldpd.log") });
  }

  static ofSwitch(plan: SwitchPlan, dir: string, within: readonly string[]): Lldpd {
    // The kernel calls its ports virtual, which lldpd passes over without the two exclamation marks.
    const ports = ["-I", `!!${plan.prefix}*`, "-C", deviceOf(plan, 1), "-m", switchAddress(plan)];
    const system = ["-S", `Rig switch of ${PORTS_PER_SWITCH} ports`, "-x", "-X", `unix:${agentxSocket(dir)}`];
    return new Lldpd(
      dir,
      within,
      [...ports, ...system],
      [`configure system hostname ${plan.name}`, ...portIdLines(plan)],
    );
  }

  static ofHost(plan: HostPlan, dir: string, within: readonly string[]): Lldpd {
    const argv = ["-I", "!!eth0", "-C", "eth0", "-m", hostAddress(plan), "-S", "Rig host"];
    return new Lldpd(dir, within, argv, [`configure system hostname ${plan.name}`]);
  }

  start(): void {
    rmSync(this.#socket, { force: true });
    this.#daemon.start();
  }

  /** It says goodbye, and its neighbours forget it. */
  stop(): Promise<void> {
    return this.#daemon.stop("SIGTERM");
  }

  kill(): Promise<void> {
    return this.#daemon.stop();
  }

  /** What it has heard: `PORT NAME`, in order. */
  async neighbours(): Promise<readonly string[]> {
    if (!existsSync(this.#socket)) return [];
    const { stdout } = await run("lldpcli", ["-u", this.#socket, "-f", "json0", "show", "neighbors"]).catch(
      () => ({
        stdout: "{}",
      }),
    );
    const { lldp = [] } = JSON.parse(stdout) as Neighbours;
    return lldp
      .flatMap(({ interface: ports = [] }) => ports)
      .map(({ name, chassis }) => `${name} ${chassis[0]?.name?.[0]?.value ?? "?"}`)
      .sort();
  }
}

type Neighbours = {
  readonly lldp?: readonly {
    readonly interface?: readonly {
      readonly name: string;
      readonly chassis: readonly { readonly name?: readonly { readonly value: string }[] }[];
    }[];
  }[];
};

function portIdLines(plan: SwitchPlan): readonly string[] {
  if (plan.portIds !== "local") return [`configure lldp portidsubtype ${plan.portIds}`];
  return Array.from({ length: PORTS_PER_SWITCH }, (_, at) => at + 1).map(
    (port) => `configure ports ${deviceOf(plan, port)} lldp portidsubtype local ${portName(plan, port)}`,
  );
}
