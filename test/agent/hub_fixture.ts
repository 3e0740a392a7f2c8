/** A hub on loopback for tests: admits every hello whose token or session it has given out. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentHub } from "#src/agent/hub.ts";
import type { Admission, HubOptions } from "#src/agent/hub_options.ts";
import { type Identity, loadOrCreateIdentity } from "#src/agent/identity.ts";
import type { Hello } from "#src/agent/messages.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { EmulatedAgent, type EmulatedAgentOptions } from "./emulated_agent.ts";

/** Names to tokens and back; what the real appliance keeps in its store. */
export class Admissions {
  readonly #tokens = new Map<string, string>();
  readonly #sessions = new Map<string, string>();

  /** A token for one boot of `node`. */
  mint(node: string): string {
    const token = randomBytes(32).toString("hex");
    this.#tokens.set(token, node);
    return token;
  }

  admit = async (hello: Hello): Promise<Admission> => {
    const known = this.#sessions.get(hello.session ?? "");
    if (known !== undefined) return { ok: true, node: known, session: hello.session ?? "" };
    const node = this.#tokens.get(hello.token ?? "");
    if (node === undefined) return { ok: false, reason: "unknown or used token" };
    this.#tokens.delete(hello.token ?? "");
    const session = randomBytes(32).toString("hex");
    this.#sessions.set(session, node);
    return { ok: true, node, session };
  };
}

export class HubFixture implements AsyncDisposable {
  hub: AgentHub;
  readonly #parts: Parts;
  readonly #dir: string;
  readonly #agents: EmulatedAgent[] = [];

  private constructor(hub: AgentHub, parts: Parts, dir: string) {
    this.hub = hub;
    this.#parts = { ...parts, port: hub.port };
    this.#dir = dir;
  }

  static async start(overrides: Partial<HubOptions> = {}): Promise<HubFixture> {
    const dir = mkdtempSync(join(tmpdir(), "brigade-hub-"));
    const identity = await loadOrCreateIdentity(dir);
    const parts = { identity, admissions: new Admissions(), events: [], port: 0, overrides };
    return new HubFixture(await listen(parts), parts, dir);
  }

  get events(): readonly ApplianceEvent[] {
    return this.#parts.events;
  }

  get admissions(): Admissions {
    return this.#parts.admissions;
  }

  get identity(): Identity {
    return this.#parts.identity;
  }

  /** An agent of `node` that may connect. */
  agent(node: string, options: Partial<EmulatedAgentOptions> = {}): EmulatedAgent {
    const token = this.admissions.mint(node);
    const agent = new EmulatedAgent({
      port: this.hub.port,
      keyDigest: this.identity.keyDigest,
      token,
      ...options,
    });
    this.#agents.push(agent);
    return agent;
  }

  /** Ends the hub and starts another in its place, as a restart of the appliance does. */
  async restart(pause: () => Promise<unknown> = async () => {}): Promise<void> {
    await this.hub[Symbol.asyncDispose]();
    await pause();
    this.hub = await listen(this.#parts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents) agent[Symbol.dispose]();
    await this.hub[Symbol.asyncDispose]();
    rmSync(this.#dir, { recursive: true });
  }
}

type Parts = {
  readonly identity: Identity;
  readonly admissions: Admissions;
  readonly events: ApplianceEvent[];
  readonly port: number;
  readonly overrides: Partial<HubOptions>;
};

const listen = ({ identity, admissions, events, port, overrides }: Parts): Promise<AgentHub> =>
  AgentHub.listen({
    address: "127.0.0.1",
    port,
    identity,
    admit: admissions.admit,
    record: (event) => events.push(event),
    ...overrides,
  });
