/** A BMC with habits: what ipmitool would say in front of it. Fits where `Power` runs programs. */
import type { Ran } from "#src/power/driver.ts";
import type { PowerState } from "#src/power/result.ts";
import type { RunProgram } from "#src/power/run_program.ts";

export type Habits = {
  /** Answers "yes" to every change and does nothing. */
  readonly lies?: boolean;
  /** Does as told from this change on; agrees to the ones before. */
  readonly deafUntilChange?: number;
  /** Says so when it is told what it is already. */
  readonly pedantic?: boolean;
  /** A cycle switches off and no more. */
  readonly forgetsToSwitchOn?: boolean;
  /** A cycle switches off after one second and on after three. */
  readonly cyclesLate?: boolean;
  readonly cipherSuite?: number;
  readonly forgetsBootDevice?: boolean;
  /** These runs, counted from 1, end so instead. */
  readonly faults?: ReadonlyMap<number, Ran>;
};

const failed = (stderr: string): Ran => ({ kind: "ended", code: 1, stdout: "", stderr });
const said = (stdout: string): Ran => ({ kind: "ended", code: 0, stdout, stderr: "" });

export const UNREACHABLE = failed("Get Auth Capabilities error\nError: Unable to establish session\n");
export const WRONG_PASSWORD = failed("> RAKP 2 HMAC is invalid\n");

export class FakeBmc {
  /** The BMC's clock; the test moves it. */
  nowMs = 0;
  /** Every command that reached it, for example `status` or `bootdev pxe options=efiboot`. */
  readonly heard: string[] = [];
  /** Most commands that were in flight at once. */
  mostAtOnce = 0;
  readonly #habits: Habits;
  #atOnce = 0;
  #runs = 0;
  #changes = 0;
  #device = "No override";
  #state: PowerState;
  #cycledAtMs = Number.NEGATIVE_INFINITY;

  constructor(state: PowerState, habits: Habits = {}) {
    this.#state = state;
    this.#habits = habits;
  }

  get state(): PowerState {
    const sinceMs = this.nowMs - this.#cycledAtMs;
    return sinceMs >= 1000 && sinceMs < 3000 ? "off" : this.#state;
  }

  readonly run: RunProgram = async ({ args }, { signal }) => {
    signal.throwIfAborted();
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    await Promise.resolve();
    this.#atOnce--;
    const suite = Number(args[args.indexOf("-C") + 1]);
    if (suite !== (this.#habits.cipherSuite ?? 3)) return failed("invalid authentication algorithm\n");
    const [, kind = "", word = "", ...more] = args.slice(args.indexOf("chassis"));
    this.heard.push(kind === "power" ? word : [kind, word, ...more].join(" "));
    return this.#habits.faults?.get(++this.#runs) ?? this.#answer(kind, word);
  };

  #answer(kind: string, word: string): Ran {
    if (kind === "bootparam") return said(`   - Boot Device Selector : ${this.#device}\n`);
    if (kind === "bootdev") {
      if (!this.#habits.forgetsBootDevice)
        this.#device = word === "pxe" ? "Force PXE" : "Force Boot from default Hard-Drive";
      return said(`Set Boot Device to ${word}\n`);
    }
    if (word === "status") return said(`Chassis Power is ${this.state}\n`);
    return this.#change(word);
  }

  #change(word: string): Ran {
    const deaf = ++this.#changes < (this.#habits.deafUntilChange ?? 0);
    if (this.#habits.pedantic && word === this.state)
      return failed("Command not supported in present state\n");
    if (this.#habits.lies || deaf) return said("Chassis Power Control: sure\n");
    if (word === "on" || word === "off") this.#state = word;
    if (word === "cycle" && this.#habits.forgetsToSwitchOn) this.#state = "off";
    if (word === "cycle" && this.#habits.cyclesLate) this.#cycledAtMs = this.nowMs;
    return said(`Chassis Power Control: ${word}\n`);
  }
}
