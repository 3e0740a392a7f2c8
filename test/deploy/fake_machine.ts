import { AgentGone } from "#src/deploy/step_fault.ts";
import type { AgentSeen, Job, JobResult, PowerAction } from "#src/deploy/tools.ts";
import type { VirtualClock } from "./virtual_clock.ts";

const BOOT_MS = 20_000;
const KEXEC_MS = 5_000;
const SCRIPT_MS = 1_000;

export type Surroundings = {
  readonly clock: VirtualClock;
  /** What the network tells the machine to boot. */
  readonly netboot: (machine: string) => "ramdisk" | "localDisk";
  /** Called when an agent comes or goes. */
  readonly onAgent: () => void;
};

/** What goes wrong with a machine. Counts are used up. */
export type Faults = {
  bmcSilent?: number;
  /** Power-ons after which nothing happens. */
  deadBoots?: number;
  /** Results of a script, by step, used one after the other before it works. */
  scripts?: Record<string, { code: number; words: string }[]>;
  /** The running system does not let the appliance in, or cannot start another kernel. */
  ssh?: "refused" | "noKexec" | undefined;
  /** Nobody can say that its address is its own. */
  isUncertain?: boolean;
  agentKexec?: "refused" | undefined;
  /** Kernels that were started without the firmware, and hang. */
  deadKexecs?: number;
  /** The system's own reboots that do not end. */
  hangsOnReboot?: boolean;
  /** Boots anew in the middle of this step, once. */
  crashesIn?: string | undefined;
  /** The first boot of its disk leads nowhere. */
  deadFirstBoot?: boolean | undefined;
  /** Never ends this step. */
  hangsIn?: string | undefined;
};

/** A machine with power switch, disk and, in the ramdisk, an agent that knows its jobs by name. */
export class FakeMachine {
  readonly name: string;
  readonly faults: Faults;
  /** Times that each job was really done. */
  readonly done = new Map<string, number>();
  powerOns = 0;
  /** What was started without the firmware. */
  readonly kexecs: string[] = [];
  softReboots = 0;
  agent: AgentSeen | undefined;
  /** What the running system proves on port 22. */
  system: string | undefined;
  readonly #around: Surroundings;
  readonly #jobs = new Map<string, Promise<JobResult>>();
  #on = false;
  #bootNumber = 0;
  #disk: { key: string | undefined; bootable: boolean } = { key: undefined, bootable: false };
  #partBytes = 0;

  constructor(name: string, around: Surroundings, faults: Faults = {}) {
    this.name = name;
    this.#around = around;
    this.faults = faults;
  }

  async power(action: PowerAction): Promise<{ ok: true; state: string } | { ok: false; problem: string }> {
    await this.#around.clock.sleep(100);
    if ((this.faults.bmcSilent ?? 0) > 0) {
      this.faults.bmcSilent = (this.faults.bmcSilent ?? 0) - 1;
      return { ok: false, problem: "no answer from 10.0.0.9" };
    }
    if (action === "off") this.#off();
    if (action === "on" && !this.#on) this.boot();
    if ((action === "cycle" || action === "reset") && this.#on) this.boot();
    return { ok: true, state: this.#on ? "on" : "off" };
  }

  /** Like a person who presses the button. */
  boot(): void {
    this.#off();
    this.#on = true;
    this.powerOns++;
    const number = ++this.#bootNumber;
    this.#around.clock.after(BOOT_MS, () => {
      if (number !== this.#bootNumber || !this.#on) return;
      if ((this.faults.deadBoots ?? 0) > 0) {
        this.faults.deadBoots = (this.faults.deadBoots ?? 0) - 1;
        return;
      }
      if (this.#around.netboot(this.name) === "ramdisk") this.agent = { bootId: `${this.name}-${number}` };
      else if (this.faults.deadFirstBoot) this.faults.deadFirstBoot = false;
      else if (this.#disk.bootable) this.system = this.#disk.key;
      this.#around.onAgent();
    });
  }

  /** Past the firmware: what starts was chosen by whoever asked. */
  kexec(into: "ramdisk" | "system"): void {
    this.#off();
    this.#on = true;
    this.kexecs.push(into);
    const number = ++this.#bootNumber;
    this.#around.clock.after(KEXEC_MS, () => {
      if (number !== this.#bootNumber) return;
      if ((this.faults.deadKexecs ?? 0) > 0) {
        this.faults.deadKexecs = (this.faults.deadKexecs ?? 0) - 1;
        return;
      }
      if (into === "ramdisk") this.agent = { bootId: `${this.name}-${number}` };
      else if (this.#disk.bootable) this.system = this.#disk.key;
      this.#around.onAgent();
    });
  }

  /** As the running system does it when it is asked to. */
  softReboot(): void {
    this.softReboots++;
    if (!this.faults.hangsOnReboot) this.#around.clock.after(3_000, () => this.boot());
  }

  #off(): void {
    this.#on = false;
    this.#bootNumber++;
    this.agent = undefined;
    this.system = undefined;
    this.#jobs.clear();
    this.#partBytes = 0;
    this.#around.onAgent();
  }

  /** As the agent promises: a job with a known name is not done again, and its output is not repeated. */
  async run(job: Pick<Job, "id" | "bootId">, step: string): Promise<JobResult> {
    if (this.agent?.bootId !== job.bootId) throw new AgentGone(`Node ${this.name} booted anew`);
    const known = this.#jobs.get(job.id);
    if (known !== undefined) return { ...(await known), outputTail: "" };
    const work = this.#work(job.id, step);
    this.#jobs.set(job.id, work);
    return work;
  }

  async #work(id: string, step: string): Promise<JobResult> {
    const boot = this.#bootNumber;
    if (this.faults.hangsIn === step) await new Promise(() => {});
    await this.#around.clock.sleep(SCRIPT_MS);
    const fault = this.faults.scripts?.[step]?.shift();
    if (this.faults.crashesIn === step) {
      this.faults.crashesIn = undefined;
      this.boot();
    }
    if (boot !== this.#bootNumber) throw new AgentGone(`Node ${this.name} booted anew`);
    this.done.set(id, (this.done.get(id) ?? 0) + 1);
    const words = fault?.words ?? this.#effect(step, id);
    return { code: fault?.code ?? 0, signal: null, timedOut: false, error: null, outputTail: words };
  }

  #effect(step: string, id: string): string {
    if (step === "partition") this.#disk = { key: undefined, bootable: false };
    if (step === "broadcast") this.#partBytes = 1000;
    if (step === "ssh-keys") {
      // Base64 like a real key's: made anew each time.
      this.#disk.key = `ssh-ed25519 ${Buffer.from(`${id}#${this.done.get(id)}`).toString("base64")}`;
    }
    if (step === "sync") this.#disk.bootable = this.#partBytes === 1000;
    if (step === "partition-read")
      return "firmware\tbios\ndisk\t/dev/vda\t20000000000\t512\t0\t0\tvirtio\t\t\t\tpci-0000:00:05.0\n";
    if (step === "kexec-into-system-read") return "initrd yes\ncommand-line root=UUID=1 ro\n";
    return this.#disk.key && step.startsWith("ssh-keys") ? `host-key ${this.#disk.key}\n` : "fine\n";
  }
}
