/** Who is who: what does not fit together, and what can be learned without asking anybody. Pure. */
import type { Finding } from "./finding.ts";
import { nodesOf } from "./finding.ts";
import { type IdentityFacts, type IdentitySources, identityFacts, type Machine } from "./identity_facts.ts";
import { judgeMachines } from "./judge_machines.ts";
import { judgePlaces, placesNow } from "./judge_places.ts";
import { judgeShared } from "./judge_shared.ts";
import type { Node } from "./node.ts";
import { identityOrNone, isSameIdentity, type NodeIdentity } from "./node_identity.ts";

export type Judgement = {
  readonly findings: readonly Finding[];
  /** Registered nodes that were seen to have what was not known of them yet. */
  readonly learned: readonly { readonly node: Node; readonly identity: NodeIdentity | undefined }[];
};

export function judgeIdentities(sources: IdentitySources): Judgement {
  const facts = identityFacts(sources);
  const machines = judgeMachines(facts);
  const shared = judgeShared(facts, machines);
  const places = judgePlaces(facts, [...machines, ...shared]);
  const findings = [...machines, ...shared, ...places];
  const settled = facts.machines.flatMap((machine) => {
    const { node } = machine;
    if (node.status !== "registered") return [];
    const identity = learnedOf(facts, machine, findings);
    return isSameIdentity(identity, node.identity) ? [] : [{ node, identity }];
  });
  return { findings, learned: settled };
}

/** What is new is taken over; what contradicts what is known waits for the operator. */
function learnedOf(
  facts: IdentityFacts,
  machine: Machine,
  findings: readonly Finding[],
): NodeIdentity | undefined {
  const { node } = machine;
  const own = findings.filter((finding) => nodesOf(finding).includes(node.name));
  const isShared = (what: "serial number" | "UUID"): boolean =>
    own.some((finding) => finding.kind === "shared" && finding.what === what);
  const known = node.identity;
  const isDoubtful = own.some((finding) => isDoubt(finding, node.name));
  const serial = known?.serial ?? (isDoubtful || isShared("serial number") ? undefined : machine.serial);
  return identityOrNone({
    serial,
    uuid: uuidOf(machine, { isShared: isShared("UUID"), isDoubtful }),
    places: { ...placesNow(facts, machine), ...placesKept(facts, machine) },
  });
}

/** Whose machine it is that was heard is not sure. Which has a second card is: its agent says so. */
const isDoubt = (finding: Finding, name: string): boolean =>
  finding.kind === "secondCard" ? finding.other === name : DOUBTS.has(finding.kind);

const DOUBTS: ReadonlySet<Finding["kind"]> = new Set(["boardChanged", "cardMoved", "cardsSwapped"]);

/** A UUID changes with the firmware's settings: it follows the serial number. */
function uuidOf(
  { node, uuid, serial }: Machine,
  { isShared, isDoubtful }: { readonly isShared: boolean; readonly isDoubtful: boolean },
): string | undefined {
  const known = node.identity;
  if (isShared) return undefined;
  const isSure = !isDoubtful && (known?.uuid === undefined || serial !== undefined);
  return isSure ? uuid : known?.uuid;
}

/** Expected places stay, with the names that their switches have today. */
function placesKept(facts: IdentityFacts, machine: Machine): NodeIdentity["places"] {
  const now = placesNow(facts, machine);
  return Object.fromEntries(
    Object.entries(machine.node.identity?.places ?? {}).map(([mac, place]) => {
      const there = now[mac as keyof typeof now];
      const isThere = there?.switchId === place.switchId && there.port === place.port;
      return [mac, isThere ? there : place];
    }),
  );
}
