/** Serial numbers and lists of cards against what is recorded: which cards are in which machine. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { Finding } from "./finding.ts";
import type { IdentityFacts, Machine } from "./identity_facts.ts";

/** A MAC that agents of more nodes list is on no card: USB links to BMCs have the same in each machine. */
const MAX_LISTED = 2;

/** Findings that follow from what agents say of their machines. */
export function judgeMachines(facts: IdentityFacts): readonly Finding[] {
  return facts.machines.flatMap((machine) =>
    machine.said === undefined ? [] : [...serialFindings(facts, machine), ...cardFindings(facts, machine)],
  );
}

function serialFindings(facts: IdentityFacts, machine: Machine): readonly Finding[] {
  const { node, serial } = machine;
  const was = node.identity?.serial;
  if (serial === undefined && was === undefined) return uuidFindings(machine);
  if (serial === undefined || was === undefined || serial === was) return [];
  const [owner] = facts.bySerial.get(serial) ?? [];
  if (!owner) return [{ kind: "boardChanged", node: node.name, what: "serial number", was, is: serial }];
  if (owner.serial === was && owner.said)
    // Said of both; told once.
    return node.name < owner.node.name
      ? [{ kind: "cardsSwapped", node: node.name, other: owner.node.name }]
      : [];
  return [cardMoved(machine, owner, bootedCard(machine))];
}

/** Of boards without a serial number the UUID is all that there is. */
function uuidFindings({ node, uuid }: Machine): readonly Finding[] {
  const was = node.identity?.uuid;
  if (was === undefined || uuid === undefined || was === uuid) return [];
  return [{ kind: "boardChanged", node: node.name, what: "UUID", was, is: uuid }];
}

/** The card that its agent called through is one of the node's. */
const bootedCard = ({ node, said }: Machine): Mac =>
  node.macs.find((mac) => said?.macs.includes(mac)) ?? (node.macs[0] as Mac);

const cardMoved = ({ node }: Machine, to: Machine, mac: Mac): Finding => ({
  ...{ kind: "cardMoved", node: node.name, other: to.node.name, mac },
  hasMore: node.macs.length > 1,
});

/** Cards that its agent lists and that are another node's. */
function cardFindings(facts: IdentityFacts, machine: Machine): readonly Finding[] {
  // A machine whose serial number is another node's says nothing about this one.
  if (isElsewhere(facts, machine)) return [];
  const findings = new Map<Machine, Finding>();
  for (const mac of machine.said?.macs ?? []) {
    const owner = facts.byMac.get(mac);
    if (!owner || owner === machine || findings.has(owner)) continue;
    if ((facts.listed.get(mac) ?? 0) > MAX_LISTED) continue;
    const finding = cardFinding(facts, { machine, owner, mac });
    if (finding) findings.set(owner, finding);
  }
  return [...findings.values()];
}

const isElsewhere = ({ bySerial }: IdentityFacts, { node, serial }: Machine): boolean =>
  node.identity?.serial !== undefined &&
  serial !== node.identity.serial &&
  bySerial.get(serial ?? "") !== undefined;

type Card = { readonly machine: Machine; readonly owner: Machine; readonly mac: Mac };

function cardFinding(facts: IdentityFacts, { machine, owner, mac }: Card): Finding | undefined {
  const second: Finding = {
    ...{ kind: "secondCard", node: machine.node.name, other: owner.node.name, mac },
    by: "inventory",
  };
  if (!owner.said) return owner.serial === undefined ? second : moved(facts, { machine, owner, mac });
  if (owner.said.macs.some((one) => machine.node.macs.includes(one)) && !areTwo(machine, owner))
    // Each lists the other's; told once.
    return machine.node.name < owner.node.name ? second : undefined;
  return moved(facts, { machine, owner, mac });
}

/** What was said later counts; of what was said before this process only what the other does not deny. */
function moved(facts: IdentityFacts, { machine, owner, mac }: Card): Finding | undefined {
  const before = owner.said?.order ?? -1;
  const after = machine.said?.order ?? 0;
  if (owner.said?.macs.includes(mac) && before >= after) return undefined;
  // Its agent called from yet another machine: that is told already.
  return isElsewhere(facts, owner) ? undefined : cardMoved(owner, machine, mac);
}

const areTwo = (one: Machine, other: Machine): boolean =>
  one.serial !== undefined && other.serial !== undefined && one.serial !== other.serial;
