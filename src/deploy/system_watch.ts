/**
 * Whether the new system of a node runs.
 *
 * An SSH host key that the installation made proves it, and so does a call with the secret that it left. An open port or a web page prove nothing of
 * themselves: the ramdisk has a port too, and so may whatever still runs. So they count only when the node's agent has gone,
 * and with it the ramdisk, and then either nothing answered for a while, or the agent stays away for longer than one that
 * lost its connection needs to come back.
 */
import type { Probe } from "#src/images/description.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { within } from "./clock.ts";
import type { Answer } from "./probes/network_probe.ts";
import type { StepContext } from "./step_action.ts";
import { wordsOf } from "./step_fault.ts";

/** An agent that lost its connection comes back within 2 s, or 6 when all do so at once. */
const AGENT_AWAY_MS = 10_000;
/** A system may go down in the middle of the command: then nothing ever ends it. */
const COMMAND_MS = 30_000;

export class SystemWatch {
  readonly #context: StepContext;
  readonly #probe: Probe;
  #awaySinceMs: number | undefined;
  #wasSilent = false;

  constructor(context: StepContext, probe: Probe = { kind: "ssh-host-key" }) {
    this.#context = context;
    this.#probe = probe;
  }

  /** One look. Rejects only when the signal aborts. */
  async look(): Promise<Answer> {
    const probe = this.#probe;
    if (probe.kind === "ssh-host-key") return this.#ask((address) => this.#hostKey(address));
    if (probe.kind === "phone-home") return this.#phoneHome();
    const { tools, progress } = this.#context;
    // Only the new system has that key, whoever else answers.
    if (probe.kind === "ssh" && progress.hostKey !== undefined)
      return this.#ask((address) => this.#command(address, probe.command));
    if (tools.agentOf(progress.node)) {
      this.#awaySinceMs = undefined;
      this.#wasSilent = false;
      return { ok: false, why: "its agent, so it runs the ramdisk" };
    }
    this.#awaySinceMs ??= tools.clock.monotonicMs();
    if (probe.kind === "none") return { ok: true };
    const answer = await this.#ask((address) =>
      probe.kind === "ssh"
        ? this.#command(address, probe.command)
        : tools.ask(address, probe, this.#context.signal),
    );
    return answer.ok ? this.#judge(this.#awaySinceMs) : this.#silent(answer);
  }

  #silent(answer: Answer): Answer {
    this.#wasSilent = true;
    return answer;
  }

  /** Something answers. */
  #judge(awaySinceMs: number): Answer {
    const awayMs = this.#context.tools.clock.monotonicMs() - awaySinceMs;
    if (this.#wasSilent || awayMs >= AGENT_AWAY_MS) return { ok: true };
    return { ok: false, why: "an answer that may be the ramdisk's" };
  }

  /** What is called has a secret that only this system was given. */
  #phoneHome(): Answer {
    const { tools, deployment, progress, state } = this.#context;
    const call = { deployment: deployment.id, node: progress.node, round: state.round };
    return tools.phoneHome.hasCalled(call) ? { ok: true } : { ok: false, why: "no call of the new system" };
  }

  async #command(address: Ipv4, command: string): Promise<Answer> {
    const { tools, progress, signal } = this.#context;
    const reason = (): Error =>
      new Error(`a system where the command of the probe takes more than ${COMMAND_MS / 1000} s`);
    const run = { address, hostKey: progress.hostKey, script: `${command}\n` };
    const result = await within({ clock: tools.clock, ms: COMMAND_MS, signal, reason }, (limited) =>
      tools.ssh(run, limited),
    );
    if (result.kind === "closed") return { ok: false, why: result.why };
    return result.code === 0
      ? { ok: true }
      : { ok: false, why: `a system where the command of the probe ends with ${result.code}` };
  }

  async #hostKey(address: Ipv4): Promise<Answer> {
    const { tools, progress, signal } = this.#context;
    const seen = await tools.probeHostKey(address, signal);
    if (seen.kind === "nothing") return { ok: false, why: seen.why };
    return seen.key === progress.hostKey
      ? { ok: true }
      : { ok: false, why: "a system with another SSH host key" };
  }

  async #ask(question: (address: Ipv4) => Promise<Answer>): Promise<Answer> {
    const { tools, progress, signal } = this.#context;
    const address = tools.addressOf(progress.node);
    if (!address) return { ok: false, why: "the node has no lease" };
    try {
      return await question(address);
    } catch (fault) {
      signal.throwIfAborted();
      return { ok: false, why: wordsOf(fault) };
    }
  }
}
