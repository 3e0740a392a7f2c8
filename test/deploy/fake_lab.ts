import type { HostKeySeen } from "#src/deploy/host_key_probe.ts";
import type { SshResult } from "#src/deploy/ssh_run.ts";
import { AgentGone } from "#src/deploy/step_fault.ts";
import type { AgentSeen, JobResult, StepTools } from "#src/deploy/tools.ts";
import type { Node } from "#src/nodes/node.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { LAYOUTS } from "./bundled_layouts.ts";
import { FakeMachine, type Faults } from "./fake_machine.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** One life of an appliance: when it is killed, nothing that it started comes back to it. */
export class Life {
  #alive = true;
  readonly #end = Promise.withResolvers<void>();

  /** Resolves when it was killed. */
  readonly ended: Promise<void> = this.#end.promise;

  kill(): void {
    this.#alive = false;
    this.#end.resolve();
  }

  /** The result of `work`, or nothing ever. Throws away what a dead process would ask for. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#alive) return new Promise(() => {});
    const settled = await Promise.resolve(work()).then(
      (value) => ({ value }),
      (fault: unknown) => ({ fault }),
    );
    if (!this.#alive) return new Promise(() => {});
    if ("fault" in settled) throw settled.fault;
    return settled.value;
  }
}

export const nodeNamed = (name: string): Node => ({
  name,
  macs: ["52:54:00:00:00:01" as Mac],
  status: "registered",
  power: { driver: "command", command: ["true"] },
  kernelArguments: [],
});

/** Machines, their agents and their switches, as the steps see them. */
export class FakeLab {
  readonly clock = new VirtualClock();
  readonly machines = new Map<string, FakeMachine>();
  /** Set by the test to the service's answer. */
  netboot: (machine: string) => "ramdisk" | "localDisk" = () => "localDisk";
  readonly #watchers = new Set<() => void>();

  add(name: string, faults: Faults = {}): FakeMachine {
    const around = {
      clock: this.clock,
      netboot: (machine: string) => this.netboot(machine),
      onAgent: () => {
        for (const watcher of this.#watchers) watcher();
      },
    };
    const machine = new FakeMachine(name, around, faults);
    this.machines.set(name, machine);
    return machine;
  }

  toolsOf(life: Life): StepTools {
    return {
      clock: this.clock,
      layoutByName: (name) => LAYOUTS.get(name),
      nodeByName: (name) => (this.machines.has(name) ? nodeNamed(name) : undefined),
      power: ({ name }, action, signal) =>
        life.guard(() => aborting(signal, this.#machine(name).power(action))),
      agentOf: (name) => this.#machine(name).agent,
      waitForAgent: (name, signal, accept) => life.guard(() => this.#waitForAgent(name, signal, accept)),
      run: (name, job, signal) =>
        life.guard(() => aborting(signal, this.#machine(name).run(job, stepOf(job.id)))),
      join: (request, signal, onProgress) =>
        life.guard(async () => {
          const id = `${request.deployment}/${request.node}/broadcast/${request.attempt}`;
          const work = this.#machine(request.node).run({ id, bootId: request.bootId }, "broadcast");
          onProgress({
            receivedBytes: 10,
            sentBytes: 0,
            writtenRawBytes: 500,
            totalRawBytes: 1000,
            upstream: undefined,
          });
          return received(await aborting(signal, work));
        }),
      reboot: (name, signal) =>
        life.guard(async () => {
          await aborting(signal, this.clock.sleep(100));
          if (!this.#machine(name).agent) throw new AgentGone(`Node ${name} is away`);
          this.#machine(name).boot();
        }),
      kexec: (name, _kernel, signal) =>
        life.guard(async () => {
          await aborting(signal, this.clock.sleep(100));
          const machine = this.#machine(name);
          if (!machine.agent) throw new AgentGone(`Node ${name} is away`);
          if (machine.faults.agentKexec === "refused")
            throw new Error(`Node ${name} cannot kexec: Operation not permitted`);
          machine.kexec("system");
        }),
      ssh: (run, signal) => life.guard(() => aborting(signal, this.#ssh(run))),
      sshPublicKey: "ssh-ed25519 T1VSUw== brigade-appliance",
      lastHostKeyOf: async () => undefined,
      ramdiskStart: async () => ({
        url: "http://10.0.0.254:8080/",
        digests: new Map(),
        commandLine: "brigade.token=secret",
        macs: [],
      }),
      addressOf: (name) => this.#addressOf(name),
      loginAddressOf: (name) => (this.#machine(name).faults.isUncertain ? undefined : this.#addressOf(name)),
      phoneHome: { urlFor: () => undefined, hasCalled: () => false },
      ask: () => Promise.reject(new Error("Nobody should knock on a port")),
      probeHostKey: (address, signal) => life.guard(async () => this.#probe(address, signal)),
    };
  }

  #addressOf(name: string): Ipv4 {
    return `10.0.0.${[...this.machines.keys()].indexOf(name) + 1}` as Ipv4;
  }

  async #ssh({ address, hostKey, script }: Parameters<StepTools["ssh"]>[0]): Promise<SshResult> {
    await this.clock.sleep(100);
    const machine = [...this.machines.values()].find(({ name }) => this.#addressOf(name) === address);
    if (!machine?.system) return { kind: "closed", why: "connection refused" };
    if (machine.faults.ssh === "refused") return { kind: "closed", why: "no key fits" };
    if (hostKey !== undefined && hostKey !== machine.system)
      return { kind: "closed", why: "another host key" };
    if (script.includes("systemctl reboot")) machine.softReboot();
    else if (machine.faults.ssh === "noKexec")
      return { kind: "ended", code: 4, outputTail: "no kexec here\n" };
    else this.clock.after(1_000, () => machine.kexec("ramdisk"));
    return { kind: "ended", code: 0, outputTail: "" };
  }

  #probe(address: Ipv4, signal: AbortSignal): HostKeySeen {
    signal.throwIfAborted();
    const machine = [...this.machines.values()].find(({ name }) => this.#addressOf(name) === address);
    return machine?.system
      ? { kind: "key", key: machine.system }
      : { kind: "nothing", why: "connection refused" };
  }

  async #waitForAgent(
    name: string,
    signal: AbortSignal,
    accept: (agent: AgentSeen) => boolean,
  ): Promise<AgentSeen> {
    const { promise, resolve } = Promise.withResolvers<AgentSeen>();
    const look = (): void => {
      const agent = this.#machine(name).agent;
      if (agent && accept(agent)) resolve(agent);
    };
    this.#watchers.add(look);
    look();
    return aborting(signal, promise).finally(() => this.#watchers.delete(look));
  }

  #machine(name: string): FakeMachine {
    const machine = this.machines.get(name);
    if (!machine) throw new Error(`No machine ${name}`);
    return machine;
  }
}

/** `d1/node1/r1/ssh-keys/1`, `…/w1t2` of a later way, and `…/read-17` for what only reads. */
const stepOf = (id: string): string => {
  const parts = id.replace(/\/w\d+t\d+/, "").split("/");
  return parts.length > 5 ? `${parts[3]}-read` : (parts[3] ?? "");
};

const received = ({ code, outputTail }: JobResult): { ok: boolean; error: string | null } =>
  code === 0 ? { ok: true, error: null } : { ok: false, error: outputTail };

function aborting<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", onAbort));
}
