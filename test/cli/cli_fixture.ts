/** The command line against the real API on a loopback port. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runCli } from "#src/cli/cli.ts";
import type { CliIo } from "#src/cli/cli_io.ts";
import type { ExamineHere } from "#src/cli/doctor_command.ts";
import type { Serve } from "#src/cli/serve_command.ts";
import type { Api } from "#src/http/api.ts";
import { apiServer, listenApi } from "#src/http/api_server.ts";
import { FakeAppliance, TOKEN } from "#test/http/fake_appliance.ts";

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

const SERVE_OPTIONS = [
  { name: "interface", placeholder: "NAME", doc: "…" },
  { name: "allow-other-dhcp", doc: "…" },
];

export const macOf = (index: number): string => `52:54:00:77:00:0${index}`;

export class CliFixture implements AsyncDisposable {
  readonly appliance = new FakeAppliance();
  readonly dir = mkdtempSync(join(tmpdir(), "brigade-cli-"));
  readonly #interrupts = new Set<() => void>();
  #api: Api | undefined;
  port = 0;

  static async start(): Promise<CliFixture> {
    const fixture = new CliFixture();
    fixture.file("admin-token", `${TOKEN}\n`);
    fixture.file("id.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me@host\n");
    await fixture.startApi();
    return fixture;
  }

  async startApi(): Promise<void> {
    this.#api = apiServer(this.appliance.services);
    this.port = await listenApi(this.#api, { address: "127.0.0.1", port: this.port });
  }

  async stopApi(): Promise<void> {
    await this.#api?.close();
    this.#api = undefined;
  }

  /** @returns its path */
  file(name: string, text: string): string {
    writeFileSync(join(this.dir, name), text, { mode: 0o600 });
    return join(this.dir, name);
  }

  /** Runs `brigade …` with address and token told as a user would. */
  run(...args: readonly string[]): Promise<Ran> {
    return this.runWith({}, ...args, "--api", `127.0.0.1:${this.port}`, "--data", this.dir);
  }

  async runWith(
    change: Partial<CliIo> & {
      onText?: (text: string) => void;
      run?: Serve["run"];
      examineHere?: ExamineHere;
    },
    ...args: readonly string[]
  ): Promise<Ran> {
    let out = "";
    let err = "";
    const { onText = () => {}, run = async () => 0, examineHere = async () => [], ...io } = change;
    const code = await runCli(args, {
      version: "1.2.3",
      serve: { options: SERVE_OPTIONS, run },
      examineHere,
      simulate: async () => ({ refused: "not here" }),
      restore: async () => ({ refused: "not here" }),
      io: {
        out: (text) => {
          out += text;
          onText(text);
        },
        err: (text) => {
          err += text;
          onText(text);
        },
        terminal: undefined,
        env: {},
        stdin: new PassThrough(),
        stdout: new PassThrough(),
        onInterrupt: (listener) => {
          this.#interrupts.add(listener);
          return () => void this.#interrupts.delete(listener);
        },
        nowMs: () => performance.now(),
        wallMs: Date.now,
        ...io,
      },
    });
    return { code, out, err };
  }

  async addNodes(...names: readonly string[]): Promise<void> {
    for (const [index, name] of names.entries()) {
      const power = ["--power-command", "pdu {action} {node}"];
      const ran = await this.run("node", "add", name, "--mac", macOf(index + 1), ...power);
      if (ran.code !== 0) throw new Error(ran.err);
    }
  }

  deploy(...more: readonly string[]): Promise<Ran> {
    return this.run("deploy", "debian-12", "--key", join(this.dir, "id.pub"), ...more);
  }

  /** Ctrl-C. @returns whether somebody listened */
  interrupt(): boolean {
    for (const listener of this.#interrupts) listener();
    return this.#interrupts.size > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopApi();
    rmSync(this.dir, { recursive: true });
  }
}
