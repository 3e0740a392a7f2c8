/**
 * A switched network that is real but for its cables: each switch is a namespace with a Linux bridge, Net-SNMP's snmpd and
 * lldpd; hosts with lldpd or without; the appliance on the core. Nothing leaves it, and nothing of it stays.
 */
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { isAlive } from "#test/spaces.ts";
import type { Daemon } from "./rig_daemon.ts";
import { until } from "./rig_daemon.ts";
import { Lldpd } from "./rig_lldpd.ts";
import {
  APPLIANCE,
  APPLIANCE_ADDRESS,
  COMMUNITY,
  deviceOf,
  HOSTS,
  hostAddress,
  kitOf,
  type Socket,
  SWITCHES,
  switchAddress,
  switchPlan,
  UPLINKS,
} from "./rig_plan.ts";
import { agentxSocket, isMaster, snmpdOf } from "./rig_snmpd.ts";
import { RigWire } from "./rig_wire.ts";

const run = promisify(execFile);

export type RigOptions = {
  /** Switches that do not speak LLDP. */
  readonly withoutLldp?: readonly string[];
  /** Switches that have no SNMP agent. */
  readonly withoutSnmp?: readonly string[];
  /** Hosts that run lldpd themselves. */
  readonly hostsWithLldp?: readonly string[];
};

const DIR_PREFIX = "brigade-rig-";
const LLDP_MIB = "1.0.8802.1.1.2";
const REMOTE_NAME = `${LLDP_MIB}.1.4.1.1.9`;

export class Rig implements AsyncDisposable {
  readonly dir: string;
  readonly wire: RigWire;
  readonly snmpd: ReadonlyMap<string, Daemon>;
  readonly lldpd: ReadonlyMap<string, Lldpd>;

  private constructor({ withoutLldp = [], withoutSnmp = [], hostsWithLldp = [] }: RigOptions) {
    removeLeftovers();
    this.dir = mkdtempSync(join(tmpdir(), `${DIR_PREFIX}${process.pid}-`));
    chmodSync(this.dir, 0o755); // lldpd goes on as a user of its own
    this.wire = new RigWire();
    const place = (name: string) => [join(this.dir, name), this.wire.within(name)] as const;
    const speakers = SWITCHES.filter(({ name }) => !withoutLldp.includes(name));
    const talkers = HOSTS.filter(({ name }) => hostsWithLldp.includes(name));
    this.snmpd = new Map(
      SWITCHES.filter(({ name }) => !withoutSnmp.includes(name)).map((plan) => [
        plan.name,
        snmpdOf(kitOf(plan), ...place(plan.name)),
      ]),
    );
    this.lldpd = new Map([
      ...speakers.map((plan) => [plan.name, Lldpd.ofSwitch(kitOf(plan), ...place(plan.name))] as const),
      ...talkers.map(
        (plan) => [plan.name, Lldpd.ofHost(plan.name, hostAddress(plan), ...place(plan.name))] as const,
      ),
    ]);
  }

  /** Everything runs, everybody has heard everybody, and each MAC address has been seen by each switch. */
  static async start(options: RigOptions = {}): Promise<Rig> {
    const rig = new Rig(options);
    try {
      for (const daemon of rig.snmpd.values()) daemon.start();
      await Promise.all([...rig.snmpd.keys()].map((name) => isMaster(join(rig.dir, name))));
      for (const daemon of rig.lldpd.values()) daemon.start();
      await rig.chatter();
      await rig.converged();
      return rig;
    } catch (fault) {
      await rig[Symbol.asyncDispose]();
      throw fault;
    }
  }

  /** Starts one anew that was stopped, and waits until it speaks for its lldpd again. */
  async startSnmpd(name: string): Promise<void> {
    rmSync(agentxSocket(join(this.dir, name)), { force: true }); // of the one before
    this.snmpd.get(name)?.start();
    await isMaster(join(this.dir, name));
    const lldpd = this.lldpd.get(name);
    await lldpd?.kill();
    lldpd?.start();
    await this.converged();
  }

  /** Makes everybody send a frame that goes everywhere: a search for the appliance's address. */
  async chatter(names: readonly string[] = [...SWITCHES, ...HOSTS].map(({ name }) => name)): Promise<void> {
    const say = `echo > /dev/udp/${APPLIANCE_ADDRESS}/9`;
    await Promise.all(names.map((name) => run("ip", [...this.wire.within(name), "bash", "-c", say])));
  }

  /** Resolves when each lldpd has heard those that it is wired to, and each snmpd tells of as many. */
  async converged(): Promise<void> {
    await Promise.all([...this.lldpd.keys()].map((name) => this.#heardAll(name)));
    const tellers = [...this.snmpd.keys()].filter((name) => this.lldpd.has(name));
    await Promise.all(tellers.map((name) => this.#tellsAll(name)));
  }

  /** Pulls the cable of a host, plugs it in elsewhere, and waits until everybody knows. */
  async move(host: string, to: Socket): Promise<void> {
    const plan = HOSTS.find(({ name }) => name === host);
    if (!plan) throw new Error(`No host is called ${host}`);
    this.wire.unplug(plan);
    const lldpd = this.lldpd.get(host);
    await until(
      `${host} to see that its cable is gone`,
      async () => (await lldpd?.neighbours())?.join(", ") || undefined,
    );
    this.wire.plug(plan, to);
    await this.chatter([host]);
    await this.converged();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.snmpd.values()].map((daemon) => daemon.stop()));
    await Promise.all([...this.lldpd.values()].map((daemon) => daemon.kill()));
    this.wire[Symbol.dispose]();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #heardAll(name: string): Promise<void> {
    const wanted = this.#neighboursOf(name).join(", ");
    return until(`the neighbours ${wanted} of ${name}`, async () => {
      const heard = (await this.lldpd.get(name)?.neighbours())?.join(", ");
      return heard === wanted ? undefined : heard;
    });
  }

  #tellsAll(name: string): Promise<void> {
    const wanted = this.#neighboursOf(name).length;
    return until(`${wanted} neighbours in the LLDP-MIB of ${name}`, async () => {
      const walk = [
        "snmpbulkwalk",
        "-v2c",
        "-c",
        COMMUNITY,
        "-Onq",
        "-r",
        "0",
        switchAddress(switchPlan(name)),
      ];
      const env = { ...process.env, MIBS: "", MIBDIRS: "" };
      const { stdout } = await run("ip", [...this.wire.within(APPLIANCE.name), ...walk, REMOTE_NAME], {
        env,
      }).catch(() => ({ stdout: "" }));
      const rows = stdout.split("\n").filter((line) => line.startsWith(`.${REMOTE_NAME}.`));
      return rows.length === wanted ? undefined : `${rows.length}`;
    });
  }

  /** `PORT NAME` of all at the other ends that speak LLDP. */
  #neighboursOf(name: string): readonly string[] {
    const cables = [
      ...UPLINKS.flatMap(({ core, edge }) => [[core, edge.switch] as const, [edge, core.switch] as const]),
      ...HOSTS.map((host) => [this.wire.placeOf(host.name), host.name] as const),
    ];
    const ofSwitch = cables
      .filter(([at]) => at.switch === name)
      .map(([at, other]) => [deviceOf(switchPlan(name), at.port), other] as const);
    const host = HOSTS.find((one) => one.name === name);
    const all = host ? [["eth0", this.wire.placeOf(name).switch] as const] : ofSwitch;
    return all
      .filter(([, other]) => this.lldpd.has(other))
      .map((pair) => pair.join(" "))
      .sort();
  }
}

/** Folders whose owner was killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${DIR_PREFIX}(\\d+)-`).exec(name);
    if (owner && !isAlive(Number(owner[1]))) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
