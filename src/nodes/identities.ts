import type { Mac } from "#src/value/mac.ts";
import { describeFinding, type Finding, findingKey, nodesOf, settleCommand } from "./finding.ts";
import type { FindingChange, FindingStore, KnownFinding } from "./finding_store.ts";
import { isUnseen } from "./finding_unseen.ts";
import { whyHeld } from "./hold.ts";
import { judgeIdentities } from "./identity_judge.ts";
import { planAccept } from "./node_accept.ts";
import type { MachineSaid } from "./node_identity.ts";
import type { ChangeHow, ChangeResult } from "./node_plan.ts";
import type { Place, SeenPlaces } from "./place.ts";
import type { NodeRegistry } from "./registry.ts";
import { CalmScans, isTwoPorts, provenFromMs } from "./two_ports.ts";

/** What is told of findings. */
export type FindingEvent =
  | {
      readonly kind: "identityDoubt";
      readonly nodes: readonly string[];
      readonly problem: string;
      readonly settle: string;
    }
  | { readonly kind: "identitySettled"; readonly nodes: readonly string[]; readonly problem: string }
  | { readonly kind: "storeFailed"; readonly problem: string };

export type IdentitiesOptions = {
  readonly nodes: Pick<NodeRegistry, "all" | "byName" | "learn" | "change">;
  readonly saidOf: (node: string) => MachineSaid | undefined;
  readonly places: SeenPlaces;
  readonly store: FindingStore;
  /** Whether the nodes of a group are pinned to their ports. */
  readonly isPinnedGroup: (group: string) => boolean;
  readonly record: (event: FindingEvent) => void;
  /** Wall clock. */
  readonly nowMs: () => number;
  /** Has switches asked again, for it is time to know more. */
  readonly askScan: () => void;
};

/**
 * Who is who, looked at again after something was seen: what is new is learned, what does not fit is a finding,
 * told once and shown until it is settled or over. Answers are never older than what was seen before the question.
 */
export class Identities {
  readonly #options: IdentitiesOptions;
  #known: ReadonlyMap<string, KnownFinding>;
  #byNode: ReadonlyMap<string, readonly Finding[]>;
  /** Keys of MACs on two ports of which a scan was late enough to tell that it is no moved cable. */
  readonly #proven = new Set<string>();
  readonly #calm = new CalmScans();
  readonly #asked = new Set<string>();
  /** MACs on two ports of which nobody knows yet, and for which no scan was asked. */
  #unproven: readonly KnownFinding[] = [];
  #isStale = true;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(options: IdentitiesOptions) {
    this.#options = options;
    this.#known = new Map(options.store.all().map((one) => [one.key, one]));
    this.#byNode = byNode(this.#known.values());
    this.#unproven = this.#unprovenOf(this.#known.values());
  }

  /** Something was seen or changed: nodes, what their agents say, or places. */
  changed(): void {
    this.#isStale = true;
  }

  /** Looks again if there is reason to. Quick to call often; a few milliseconds for thousands of nodes when there is. */
  look(): void {
    this.#askWhenDue();
    if (!this.#isStale) return;
    this.#isStale = false;
    const { nodes, saidOf, places } = this.#options;
    const { findings, learned } = judgeIdentities({ nodes: nodes.all(), saidOf, places });
    for (const { node, identity } of learned) nodes.learn(node, identity);
    this.#take(findings);
  }

  /** What waits for an operator, the oldest first. */
  open(): readonly KnownFinding[] {
    this.look();
    return [...this.#known.values()]
      .filter(({ isAccepted }) => !isAccepted)
      .sort((left, right) => left.sinceMs - right.sinceMs);
  }

  /** Those of {@link open} that are about a node. */
  ofNode(name: string): readonly Finding[] {
    this.look();
    return this.#byNode.get(name) ?? [];
  }

  /** Why nothing of value may go to this node now, as a clause; `undefined` when it may. */
  whyHeld(name: string): string | undefined {
    const node = this.#options.nodes.byName(name);
    const isProven = (finding: Finding): boolean => this.#proven.has(findingKey(finding));
    return node && whyHeld(node, this.ofNode(name), { ...this.#options, isProven });
  }

  /** Where a card is seen now. */
  placesOf(mac: Mac): readonly Place[] {
    return this.#options.places.placesOf(mac);
  }

  /**
   * These nodes are as they should be: what was found about them is over.
   *
   * @throws {StorageError} it could not be stored; nothing was changed, or only which ports are expected.
   */
  async accept(names: readonly string[], how: ChangeHow): Promise<ChangeResult> {
    const { nodes, saidOf, places, store } = this.#options;
    const those = this.open().filter(({ finding }) => nodesOf(finding).some((name) => names.includes(name)));
    const findings = those.map(({ finding }) => finding);
    const changed = await nodes.change(planAccept(names, { findings, saidOf, places }), how);
    if (!changed.ok || how.dryRun) return changed;
    const put = those.map((one) => ({ ...one, isAccepted: true }));
    await store.save({ put, remove: [] });
    this.#show([...this.#known.values(), ...put]);
    this.changed();
    this.look();
    return changed;
  }

  /** Resolves when everything that was found so far is stored, or has failed to be. */
  async settled(): Promise<void> {
    await this.#lastWrite;
  }

  #take(findings: readonly Finding[]): void {
    const { nowMs, record } = this.#options;
    const now = new Map(findings.map((finding) => [findingKey(finding), finding]));
    const fresh = [...now]
      .filter(([key]) => !this.#known.has(key))
      .map(([key, finding]): KnownFinding => ({ key, finding, sinceMs: nowMs(), isAccepted: false }));
    this.#watch(now);
    const over = [...this.#known.values()].filter((one) => !now.has(one.key) && !this.#isKept(one));
    if (fresh.length + over.length === 0) return;
    const gone = new Set(over.map(({ key }) => key));
    this.#forget(gone);
    this.#show([...this.#known.values(), ...fresh].filter(({ key }) => !gone.has(key)));
    this.#write({ put: fresh, remove: [...gone] });
    for (const { finding, isAccepted } of over) if (!isAccepted) record(settled(finding));
    for (const { finding } of fresh) record(doubt(finding));
  }

  /** A scan that is late enough tells who has two machines, whatever the next ones can see. */
  #watch(now: ReadonlyMap<string, Finding>): void {
    const askedAtMs = this.#options.places.askedAtMs();
    for (const known of this.#known.values())
      if (isTwoPorts(known) && now.has(known.key)) {
        if (askedAtMs >= provenFromMs(known)) this.#proven.add(known.key);
        this.#calm.isLong(known, this.#options.places, true);
      }
  }

  /** Once for each: a scan that fails is told by who scans, and there is another one on schedule. */
  #askWhenDue(): void {
    if (this.#unproven.length === 0) return;
    const { nowMs, places, askScan } = this.#options;
    const due = this.#unproven.filter((known) => nowMs() >= provenFromMs(known));
    if (due.length === 0) return;
    this.#unproven = this.#unproven.filter((known) => !due.includes(known));
    for (const { key } of due) this.#asked.add(key);
    if (due.some((known) => places.askedAtMs() < provenFromMs(known))) askScan();
  }

  /**
   * What was accepted and comes and goes is so as long as all that it names is there, and for a MAC on two ports until
   * it was on one for some scans; what is open is so until something else is seen.
   */
  #isKept(known: KnownFinding): boolean {
    const { nodes, places } = this.#options;
    const { isAccepted, finding } = known;
    if (!isAccepted) return isUnseen(known, { byName: (name) => nodes.byName(name), places });
    if (nodesOf(finding).some((name) => nodes.byName(name) === undefined)) return false;
    return isTwoPorts(known) ? !this.#calm.isLong(known, places, false) : finding.kind === "shared";
  }

  #unprovenOf(known: Iterable<KnownFinding>): readonly KnownFinding[] {
    return [...known].filter(
      (one) => isTwoPorts(one) && !one.isAccepted && !this.#proven.has(one.key) && !this.#asked.has(one.key),
    );
  }

  #forget(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#proven.delete(key);
      this.#asked.delete(key);
      this.#calm.forget(key);
    }
  }

  #show(known: readonly KnownFinding[]): void {
    this.#known = new Map(known.map((one) => [one.key, one]));
    this.#byNode = byNode(this.#known.values());
    this.#unproven = this.#unprovenOf(known);
  }

  #write(change: FindingChange): void {
    const { store, record } = this.#options;
    this.#lastWrite = store
      .save(change)
      .catch((fault: unknown) => record({ kind: "storeFailed", problem: String(fault) }));
  }
}

function byNode(known: Iterable<KnownFinding>): ReadonlyMap<string, readonly Finding[]> {
  const map = new Map<string, Finding[]>();
  for (const { finding, isAccepted } of known) {
    if (isAccepted) continue;
    for (const name of nodesOf(finding)) map.set(name, [...(map.get(name) ?? []), finding]);
  }
  return map;
}

const doubt = (finding: Finding): FindingEvent => ({
  kind: "identityDoubt",
  nodes: nodesOf(finding),
  problem: describeFinding(finding),
  settle: settleCommand(finding),
});

const settled = (finding: Finding): FindingEvent => ({
  kind: "identitySettled",
  nodes: nodesOf(finding),
  problem: describeFinding(finding),
});
