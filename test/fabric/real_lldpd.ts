/** A switch for tests: a network namespace with one port and the real lldpd behind it. Wants root. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ip = (...words: readonly string[]): string =>
  execFileSync("ip", words.join(" ").split(" "), { encoding: "utf8" });

export class RealLldpd implements AsyncDisposable {
  readonly #name: string;
  readonly #card: string;
  readonly #dir: string;
  readonly #process: ChildProcess;

  private constructor({ name, card }: { name: string; card: string }, dir: string, process: ChildProcess) {
    this.#name = name;
    this.#card = card;
    this.#dir = dir;
    this.#process = process;
  }

  /**
   * Makes the namespace `name` whose port `PORT` is the other end of our `card`, and speaks there every second.
   *
   * @param card made anew, and up
   */
  static start({ name, card, port }: { name: string; card: string; port: string }): RealLldpd {
    const dir = mkdtempSync(join(tmpdir(), "brigade-lldpd-"));
    // It gives up being root before it asks its own socket for its configuration.
    chmodSync(dir, 0o755);
    ip(`netns add ${name}`);
    ip(`link add ${card} type veth peer name ${port} netns ${name}`);
    ip(`link set ${card} up`);
    ip(`-n ${name} link set ${port} up`);
    writeFileSync(
      join(dir, "conf"),
      `configure lldp tx-interval 1\nconfigure lldp portidsubtype ifname\nconfigure system hostname ${name}\n`,
    );
    const argv = ["-d", "-u", join(dir, "sock"), "-O", join(dir, "conf"), "-C", port, "-S", "Lab switch"];
    // The kernel calls its port virtual, which lldpd passes over without the two exclamation marks.
    const words = ["netns", "exec", name, "lldpd", ...argv, "-I", `!!${port}`];
    return new RealLldpd({ name, card }, dir, spawn("ip", words, { stdio: "ignore" }));
  }

  /** Lets it say goodbye, as a switch does whose port is shut. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = once(this.#process, "exit");
      this.#process.kill("SIGTERM");
      await gone;
    }
    ip(`link delete ${this.#card}`);
    ip(`netns delete ${this.#name}`);
    rmSync(this.#dir, { recursive: true });
  }
}
