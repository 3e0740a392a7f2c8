/** Who speaks LLDP: lldpd, on a switch joined to its snmpd by AgentX (RFC 2741), on a host alone. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Daemon } from "./rig_daemon.ts";
import { agentxSocket, descriptionOf } from "./rig_snmpd.ts";
import type { SwitchKit } from "./switch_kit.ts";

const run = promisify(execFile);

/** What is heard holds for minutes, so that a test that stops a daemon decides when it is forgotten. */
const TIMES = ["configure lldp tx-interval 1", "configure lldp tx-hold 200"];

type Place = { readonly dir: string; readonly within: readonly string[]; readonly argv: readonly string[] };

export class Lldpd {
  readonly #daemon: Daemon;
  readonly #socket: string;

  private constructor({ dir, within, argv }: Place, config: readonly string[]) {
    mkdirSync(dir, { recursive: true });
    this.#socket = join(dir, "lldpd");
    const file = join(dir, "lldpd.conf");
    writeFileSync(file, `${[...TIMES, ...config].join("\n")}\n`);
    const words = ["lldpd", "-d", "-u", this.#socket, "-O", file, ...argv];
    this.#daemon = new Daemon({ within, argv: words, log: join(dir, "lldpd.log"), isLeashed: true });
  }

  static ofSwitch(kit: SwitchKit, dir: string, within: readonly string[]): Lldpd {
    // The kernel calls its ports virtual, which lldpd passes over without the two exclamation marks.
    const devices = kit.ports.map(({ device }) => `!!${device}`).join(",");
    const chassis = kit.ports[0]?.device ?? "br0";
    const argv = ["-I", devices, "-C", chassis, "-m", kit.address, "-S", descriptionOf(kit)];
    return new Lldpd({ dir, within, argv: [...argv, "-x", "-X", `unix:${agentxSocket(dir)}`] }, [
      `configure system hostname ${kit.name}`,
      ...portIdLines(kit),
    ]);
  }

  static ofHost(name: string, address: string, dir: string, within: readonly string[]): Lldpd {
    const argv = ["-I", "!!eth0", "-C", "eth0", "-m", address, "-S", "Rig host"];
    return new Lldpd({ dir, within, argv }, [`configure system hostname ${name}`]);
  }

  start(): void {
    rmSync(this.#socket, { force: true });
    this.#daemon.start();
  }

  /** Without a goodbye. */
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

function portIdLines({ portIds, ports }: SwitchKit): readonly string[] {
  if (portIds !== "local") return [`configure lldp portidsubtype ${portIds}`];
  return ports.map(({ device, name }) => `configure ports ${device} lldp portidsubtype local ${name}`);
}
