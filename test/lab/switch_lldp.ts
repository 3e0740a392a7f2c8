/** The lab's switch tells each machine at which port it is, with a real lldpd. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LEASH } from "../fabric/rig_daemon.ts";
import type { Lab } from "./lab.ts";

export const SWITCH_NAME = "lab-switch";

export class SwitchLldp {
  readonly #daemon: ChildProcess;

  /** Speaks until it is stopped, or this process ends. */
  constructor(lab: Lab) {
    const [socket, config] = [join(lab.directory, "lldpd.sock"), join(lab.directory, "lldpd.conf")];
    writeFileSync(
      config,
      [`configure system hostname ${SWITCH_NAME}`, "configure lldp portidsubtype ifname", ""].join("\n"),
    );
    // The kernel calls its ports virtual, which lldpd passes over without the two exclamation marks.
    const ports = lab.nodes.map(({ tap }) => `!!${tap}`).join(",");
    const argv = ["lldpd", "-d", "-u", socket, "-O", config, "-I", ports, "-C", "br0"];
    const log = openSync(join(lab.directory, "lldpd.log"), "a");
    this.#daemon = lab.spawnOnSwitch([...LEASH, ...argv], { stdio: ["pipe", log, log] });
  }

  async stop(): Promise<void> {
    if (this.#daemon.exitCode !== null || this.#daemon.signalCode !== null) return;
    const exit = once(this.#daemon, "exit");
    this.#daemon.stdin?.end();
    await exit;
  }
}
