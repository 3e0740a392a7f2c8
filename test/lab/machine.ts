/** A virtual machine with a power switch. Lives in the supervisor; a BMC's chassis script moves the switch. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabNode } from "./plan.ts";
import { type Acceleration, type BootOrder, qemuArguments } from "./qemu_arguments.ts";
import { sendQmp } from "./qmp.ts";

export type PowerWish = "on" | "off" | "reset" | "soft";

export class Machine {
  readonly #node: LabNode;
  readonly #acceleration: Acceleration;
  #qemu: ChildProcess | undefined;
  /** Wishes are carried out one after the other: off, on must not become on, off. */
  #last: Promise<void> = Promise.resolve();

  constructor(node: LabNode, acceleration: Acceleration) {
    this.#node = node;
    this.#acceleration = acceleration;
    mkdirSync(node.directory, { recursive: true });
    writeFileSync(node.disk, "");
    truncateSync(node.disk, node.diskBytes);
    if (node.firmware === "uefi")
      copyFileSync("/usr/share/OVMF/OVMF_VARS_4M.fd", this.#path("firmware-variables.fd"));
    writeFileSync(node.serialLog, "");
    writeFileSync(this.#path("boot"), "none\n");
    this.#showPower(false);
  }

  /** Does nothing when the machine is already as wished, as `ipmi_sim` may repeat itself. Never rejects. */
  wish(wish: PowerWish): Promise<void> {
    this.#last = this.#last
      .then(() => this.#carryOut(wish))
      .catch((fault: unknown) => {
        process.stderr.write(`${this.#node.name}: cannot ${wish}: ${fault}\n`);
      });
    return this.#last;
  }

  async #carryOut(wish: PowerWish): Promise<void> {
    if (wish === "on") return this.#start();
    if (this.#qemu === undefined) return;
    if (wish === "off") return this.#stop();
    if (wish === "soft") return sendQmp(this.#path("qmp.sock"), "system_powerdown");
    // The boot order is fixed when QEMU starts, so a reset with another one needs a new QEMU.
    if (this.#bootDevice() === "none") return sendQmp(this.#path("qmp.sock"), "system_reset");
    await this.#stop();
    await this.#start();
  }

  async #start(): Promise<void> {
    if (this.#qemu !== undefined) return;
    const order: BootOrder = this.#bootDevice() === "default" ? "disk-first" : "network-first";
    writeFileSync(this.#path("boot"), "none\n");
    const log = openSync(this.#path("qemu.log"), "a");
    const arguments_ = qemuArguments(this.#node, this.#acceleration, order);
    const qemu = spawn("qemu-system-x86_64", arguments_, {
      cwd: this.#node.directory,
      stdio: ["ignore", log, log],
    });
    qemu.once("exit", () => {
      this.#qemu = undefined;
      this.#showPower(false);
    });
    await once(qemu, "spawn");
    this.#qemu = qemu;
    this.#showPower(true);
  }

  async #stop(): Promise<void> {
    if (this.#qemu === undefined) return;
    const gone = once(this.#qemu, "exit");
    this.#qemu.kill("SIGKILL");
    await gone;
  }

  /** What the BMC was told to boot next: `none` (usual order), `pxe`, or `default`, which is IPMI's word for the disk. */
  #bootDevice(): string {
    return readFileSync(this.#path("boot"), "utf8").trim();
  }

  #showPower(on: boolean): void {
    writeFileSync(this.#path("power"), on ? "1\n" : "0\n");
  }

  #path(name: string): string {
    return join(this.#node.directory, name);
  }
}
