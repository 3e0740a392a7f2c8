/** The whole appliance on the core switch of the rig, and its API and commands from there. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Rig } from "#test/fabric/rig.ts";
import { APPLIANCE } from "#test/fabric/rig_plan.ts";
import { Serving } from "./serving.ts";

const run = promisify(execFile);
const BRIGADE = [process.execPath, "--disable-warning=ExperimentalWarning", "src/app/main.ts"];

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

export class FabricAppliance implements AsyncDisposable {
  readonly #rig: Rig;
  readonly #folder = mkdtempSync(join(tmpdir(), "brigade-fabric-"));
  #serving: Serving | undefined;
  /** All that was ever printed by it and by its commands. */
  printed = "";

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  get serving(): Serving {
    if (!this.#serving) throw new Error("It does not run");
    return this.#serving;
  }

  /** @param fabric the member of the file, indented */
  async start(fabric: string): Promise<void> {
    const file = join(this.#folder, "net.yaml");
    writeFileSync(file, `interfaces: [{ name: eth0 }]\nfabric:\n${fabric}`);
    const words = ["--config", file, "--data", join(this.#folder, "d"), "--allow-other-dhcp"];
    this.#serving = new Serving(this.#rig.wire.nameOf(APPLIANCE.name), words);
    await this.#serving.says("Serving");
  }

  /** Writes a file beside that of the settings. */
  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (!this.#serving) return;
    const { err } = await this.#serving.kill(signal);
    this.printed += this.#serving.lines.join("\n") + err;
    this.#serving = undefined;
  }

  /** One command of the program, where the appliance is. */
  async brigade(...words: readonly string[]): Promise<Ran> {
    const argv = [...this.#rig.wire.within(APPLIANCE.name), ...BRIGADE, ...words];
    const env = { ...process.env, BRIGADE_TOKEN: this.token() };
    const ran = await run("ip", argv, { env, maxBuffer: 64 << 20 }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      (fault: { code: number; stdout: string; stderr: string }) => ({
        ...{ code: fault.code, out: fault.stdout, err: fault.stderr },
      }),
    );
    this.printed += ran.out + ran.err;
    return ran;
  }

  async json<T>(...words: readonly string[]): Promise<T> {
    const { code, out, err } = await this.brigade(...words, "--json");
    if (code !== 0) throw new Error(`brigade ${words.join(" ")}: ${code} ${out} ${err}`);
    return JSON.parse(out) as T;
  }

  token(): string {
    return readFileSync(join(this.#folder, "d", "admin-token"), "utf8").trim();
  }

  /** The database, as it is on the disk. */
  database(): Buffer {
    const folder = join(this.#folder, "d");
    const names = readdirSync(folder).filter((name) => name.startsWith("brigade.db"));
    return Buffer.concat(names.map((name) => readFileSync(join(folder, name))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
