import type { Finding } from "./finding.ts";
import { nameByPort } from "./name_by_port.ts";
import type { NamingRule, NamingRuleStore } from "./naming_rule.ts";
import type { Node } from "./node.ts";
import { discoveredName } from "./node_plan.ts";
import { describeNodeProblem } from "./node_problem.ts";
import { planFirstNames, type RuledRename } from "./node_rename.ts";
import type { Places } from "./place.ts";
import { isSwitchIn, type ReadPattern, readPortPattern } from "./port_pattern.ts";
import type { NodeRegistry } from "./registry.ts";

export type NewRule = Omit<NamingRule, "id">;
export type RuleResult =
  | { readonly ok: true; readonly rule: NamingRule }
  /** `why` is a clause. */
  | {
      readonly ok: false;
      readonly problem: { readonly kind: "badPattern"; readonly pattern: string; readonly why: string };
    };

export type NamingEvent =
  | { readonly kind: "machineNotNamed"; readonly node: string; readonly problem: string }
  | { readonly kind: "storeFailed"; readonly problem: string };

export type NamingRulesOptions = {
  readonly nodes: Pick<NodeRegistry, "all" | "byName" | "change">;
  readonly places: Places;
  readonly findingsOf: (node: string) => readonly Finding[];
  readonly store: NamingRuleStore;
  readonly record: (event: NamingEvent) => void;
};

/** What was said once is not said again; a bound for machines that invent MACs. */
const MAX_TOLD = 10_000;

/** What new machines are called, by where they are plugged in. The first rule that a switch is in counts. */
export class NamingRules {
  readonly #options: NamingRulesOptions;
  #rules: readonly NamingRule[];
  readonly #told = new Set<string>();
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(options: NamingRulesOptions) {
    this.#options = options;
    this.#rules = options.store.all();
  }

  /** In the order in which they count. */
  all(): readonly NamingRule[] {
    return this.#rules;
  }

  /** @throws {StorageError} it could not be stored; nothing was changed. */
  add(asked: NewRule): Promise<RuleResult> {
    const read = readPortPattern(asked.pattern);
    if (!read.ok)
      return Promise.resolve({
        ok: false,
        problem: { kind: "badPattern", pattern: asked.pattern, why: read.why },
      });
    return this.#inTurn(async () => {
      const rule = { ...asked, id: Math.max(0, ...this.#rules.map(({ id }) => id)) + 1 };
      await this.#options.store.put(rule);
      this.#rules = [...this.#rules, rule];
      return { ok: true, rule };
    });
  }

  /** @returns the rule that is no more. @throws {StorageError} it could not be stored; nothing was changed. */
  remove(id: number): Promise<NamingRule | undefined> {
    return this.#inTurn(async () => {
      const rule = this.#rules.find((one) => one.id === id);
      if (!rule) return undefined;
      await this.#options.store.remove(id);
      this.#rules = this.#rules.filter((one) => one !== rule);
      return rule;
    });
  }

  /** Names the machines that nobody has named yet and whose port is known. */
  apply(): void {
    if (this.#rules.length === 0) return;
    const { nodes, record } = this.#options;
    const fresh = nodes.all().filter(isNameless);
    if (fresh.length === 0) return;
    void this.#inTurn(() => this.#name(fresh)).catch((fault: unknown) =>
      record({ kind: "storeFailed", problem: String(fault) }),
    );
  }

  /** Resolves when everything that was to be named is, or cannot be. */
  async settled(): Promise<void> {
    await this.#lastChange;
  }

  /** All of a rack in one change: one by one each would look at all nodes. */
  async #name(fresh: readonly Node[]): Promise<void> {
    const { nodes } = this.#options;
    const patterns = new Map(this.#rules.map((rule) => [rule, readPortPattern(rule.pattern)]));
    const wanted = fresh
      .filter((node) => nodes.byName(node.name) === node)
      .flatMap((node) => this.#wantedName(node, patterns) ?? []);
    if (wanted.length === 0) return;
    const make = planFirstNames(wanted, (node, problem) => this.#tell(node, describeNodeProblem(problem)));
    // No deployment can have a machine that nobody registered.
    await nodes.change(make, { dryRun: false, deploymentOf: () => undefined });
  }

  #wantedName(node: Node, patterns: ReadonlyMap<NamingRule, ReadPattern>): RuledRename | undefined {
    const { places, findingsOf } = this.#options;
    const at = node.macs.flatMap((mac) => places.placesOf(mac))[0];
    const rule = at && this.#rules.find(({ switches }) => isSwitchIn(switches, at.switchName));
    const read = rule && patterns.get(rule);
    // Who it is waits for an operator.
    if (!rule || !read?.ok || findingsOf(node.name).length > 0) return undefined;
    const named = nameByPort(
      node,
      { pattern: read.pattern, switches: rule.switches },
      { places, findingsOf },
    );
    if ("name" in named) return { ...named, isRegistering: rule.isRegistering };
    if ("problem" in named) this.#tell(node.name, named.problem);
    return undefined;
  }

  #tell(node: string, problem: string): void {
    const key = `${node}\n${problem}`;
    if (this.#told.has(key)) return;
    if (this.#told.size >= MAX_TOLD) this.#told.clear();
    this.#told.add(key);
    this.#options.record({ kind: "machineNotNamed", node, problem });
  }

  /** Runs `work` when all before it are over, whatever came of them. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastChange.then(work);
    this.#lastChange = turn.catch(() => {});
    return turn;
  }
}

/** What an operator or a rule has named is not named again. */
const isNameless = ({ name, status, macs }: Node): boolean =>
  status === "discovered" && macs.some((mac) => discoveredName(mac) === name);
