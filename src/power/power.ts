/**
 * Switches machines on and off. One code path for all drivers: find out what the machine is, say what is needed, and look
 * until it has happened. A BMC's "yes" alone counts for nothing: they agree and do nothing, or do it twice.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { RecordEvent } from "#src/events/event.ts";
import type { Node, PowerSettings } from "#src/nodes/node.ts";
import { commandDriver } from "./command.ts";
import { Conversations, type Pause } from "./conversation.ts";
import type { Driver } from "./driver.ts";
import type { StartGate } from "./gate.ts";
import { type Goal, goalOf } from "./goal.ts";
import { ipmiDriver } from "./ipmi.ts";
import type { PowerAction, PowerFault, PowerProblem, PowerResult, PowerState } from "./result.ts";
import { type RunProgram, runProgram } from "./run_program.ts";
import { powerSettingsFault } from "./settings_check.ts";
import { Turns } from "./turns.ts";
import type { PowerGroup } from "./window.ts";

export type PowerWindow = {
  readonly enter: StartGate["enter"];
  readonly groupsOf: (node: string) => readonly PowerGroup[];
};

export type PowerParts = {
  /** Gets one `powerCommanded` for each action but `status`. */
  readonly record: RecordEvent;
  readonly run?: RunProgram;
  readonly pause?: Pause;
  /** Who may send a command now. Without it everybody. */
  readonly window?: PowerWindow;
  /** IPMI cipher suites in the order in which they are tried. */
  readonly cipherSuites?: readonly number[];
};

/** Before each look at a machine that was told something: half a minute in all. */
const LOOK_PAUSES_MS: readonly number[] = [500, 1000, 1500, 3000, 5000, 5000, 6000, 8000];
/** A cycle may switch off late: an "on" that is seen too soon would be the one from before. */
const CYCLE_PAUSE_MS = 2000;
/** After these looks in vain it is told again. */
const SAY_AGAIN_AFTER: ReadonlySet<number> = new Set([2, 5]);

/** Actions after which a machine draws more power than before. */
const STARTING: ReadonlySet<PowerAction> = new Set(["on", "cycle", "reset"]);

export type Reservation = {
  /** A deployment, or `power`: lanes take turns. */
  readonly lane: string;
  readonly action: PowerAction;
  readonly signal: AbortSignal;
  /** There is no slot at once. */
  readonly onWait?: () => void;
};

export class Power {
  readonly #parts: PowerParts;
  readonly #pause: Pause;
  readonly #conversations: Conversations;
  readonly #turns = new Turns();
  /** Nodes that have a slot of the window, by how many there are who asked. */
  readonly #reserved = new Map<string, number>();

  constructor(parts: PowerParts) {
    this.#parts = parts;
    this.#pause = parts.pause ?? ((ms, signal) => sleep(ms, undefined, { signal }));
    this.#conversations = new Conversations({ run: parts.run ?? runProgram, pause: this.#pause });
  }

  /**
   * Waits for a slot of the power window, so that what is done with the node after it waits for none. For who has a
   * time limit that the wait is no part of.
   *
   * @throws `signal.reason` when aborted
   */
  async reserve(node: string, { lane, action, signal, onWait }: Reservation): Promise<Disposable> {
    const { window } = this.#parts;
    const isCheap = !STARTING.has(action);
    const groups = isCheap ? [] : (window?.groupsOf(node) ?? []);
    const slot = await window?.enter({ lane, groups, isCheap }, signal, onWait);
    this.#reserved.set(node, (this.#reserved.get(node) ?? 0) + 1);
    const free = (): void => {
      const left = (this.#reserved.get(node) ?? 1) - 1;
      if (left > 0) this.#reserved.set(node, left);
      else this.#reserved.delete(node);
      slot?.[Symbol.dispose]();
    };
    return { [Symbol.dispose]: free };
  }

  /**
   * Carries out `action` and reads back what came of it; waits for its turn at the BMC first.
   *
   * @returns the state last seen; after `boot-network` and `boot-disk` that is the state before the next start, and a
   *   BMC that does not confirm the boot device is only noted in the event: what the machine boots is the proof.
   * @throws `signal.reason` when aborted; the BMC may then have got the command or not.
   */
  async act(node: Node, action: PowerAction, signal: AbortSignal): Promise<PowerResult> {
    const isFree = !this.#parts.window || action === "status" || this.#reserved.has(node.name);
    using _slot = isFree ? undefined : await this.reserve(node.name, { lane: "power", action, signal });
    const startedAtMs = performance.now();
    const result = await this.#tryToAct(node, action, signal);
    if (action !== "status") {
      const detail = result.ok ? [result.state, ...result.notes].join("; ") : result.problem;
      const tookMs = Math.round(performance.now() - startedAtMs);
      this.#parts.record({ kind: "powerCommanded", node: node.name, action, ok: result.ok, detail, tookMs });
    }
    return result.ok ? { ok: true, state: result.state } : result;
  }

  async #tryToAct(node: Node, action: PowerAction, signal: AbortSignal): Promise<Noted> {
    if (node.power === undefined)
      return problem("noPower", `Node ${node.name} has no power control: give it a BMC or a power command`);
    const fault = powerSettingsFault(node.power);
    if (fault !== undefined)
      return problem("badSettings", `Cannot control the power of ${node.name}: ${fault}`);
    const driver = this.#driverOf(node, node.power);
    return this.#turns.take(driver.key, signal, async () => {
      const found = await this.#look(driver, signal);
      return found.ok
        ? this.#pursue(driver, goalOf(action, found.state), { found: found.state, signal })
        : found;
    });
  }

  #driverOf(node: Node, settings: PowerSettings): Driver {
    if (settings.driver === "command") return commandDriver(node.name, settings);
    const { cipherSuites } = this.#parts;
    return ipmiDriver({ name: node.name, settings, uefi: node.firmware === "uefi", cipherSuites });
  }

  async #pursue(driver: Driver, goal: Goal, { found, signal }: Moment): Promise<Noted> {
    switch (goal.kind) {
      case "nothing":
        return { ok: true, state: found, notes: [] };
      case "send": {
        const said = await this.#conversations.say(driver, goal.verb, signal);
        return said.ok ? this.#look(driver, signal) : said;
      }
      case "bootFrom":
        return this.#bootFrom(driver, goal, { found, signal });
      case "reach":
        return this.#reach(driver, goal, signal);
    }
  }

  /** Tells it twice if need be, as some BMCs forget the first boot device that they are given after a start. */
  async #bootFrom(driver: Driver, goal: BootFrom, { found, signal }: Moment): Promise<Noted> {
    for (let attempt = 1; ; attempt++) {
      const said = await this.#conversations.say(driver, goal.verb, signal);
      if (!said.ok) return said;
      const set = await this.#conversations.say(driver, "boot-device", signal);
      const confirmed = set.ok && (set.bootDevice ?? goal.device) === goal.device;
      if (confirmed) return { ok: true, state: found, notes: [] };
      if (attempt === 2)
        return {
          ok: true,
          state: found,
          notes: [`the BMC does not confirm to boot from the ${goal.device}`],
        };
    }
  }

  async #reach(driver: Driver, { verb, wanted }: Reach, signal: AbortSignal): Promise<Noted> {
    const said = await this.#conversations.say(driver, verb, signal);
    // Off and on may be refused because the machine is so already, or be answered too late: see what it is.
    if (!said.ok && verb !== "off" && verb !== "on") return said;
    if (verb === "cycle" || verb === "reset") await this.#pause(CYCLE_PAUSE_MS, signal);
    const looks = said.ok ? LOOK_PAUSES_MS : LOOK_PAUSES_MS.slice(0, 1);
    for (const [index, pauseMs] of looks.entries()) {
      await this.#pause(pauseMs, signal);
      const seen = await this.#look(driver, signal);
      if (!seen.ok || seen.state === wanted) return seen;
      // Not the first verb again: a second cycle would end what the first one began.
      if (said.ok && SAY_AGAIN_AFTER.has(index)) await this.#conversations.say(driver, wanted, signal);
    }
    return said.ok ? problem("unchanged", driver.unchanged(wanted)) : said;
  }

  async #look(driver: Driver, signal: AbortSignal): Promise<Noted> {
    const reading = await this.#conversations.say(driver, "status", signal);
    if (!reading.ok) return reading;
    if (reading.state === undefined) throw new Error(`Driver of ${driver.key} read a status without a state`);
    return { ok: true, state: reading.state, notes: [] };
  }
}

type Noted =
  | { readonly ok: true; readonly state: PowerState; readonly notes: readonly string[] }
  | PowerProblem;
type Moment = { readonly found: PowerState; readonly signal: AbortSignal };
type BootFrom = Extract<Goal, { kind: "bootFrom" }>;
type Reach = Extract<Goal, { kind: "reach" }>;

const problem = (kind: PowerFault, text: string): PowerProblem => ({ ok: false, kind, problem: text });
