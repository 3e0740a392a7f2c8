/** Machines that came, went or were plugged in elsewhere between two scans. Pure. */
import type { Attachment, PortRef, SwitchId } from "./graph.ts";
import { isSamePlace, type Side, wouldTell } from "./history_side.ts";
import type { Coming, FabricChange, Going } from "./history_types.ts";
import { portKey, portName, stableOrder } from "./port_index.ts";

/** @param told switches that came or went: what is at them is counted there */
export function diffMachines(old: Side, now: Side, told: ReadonlySet<SwitchId>): readonly FabricChange[] {
  const names = new Set([...old.machines.keys(), ...now.machines.keys()]);
  return [...names].sort(stableOrder).flatMap((node) => diffMachine(node, { old, now, told }));
}

type Sides = { readonly old: Side; readonly now: Side; readonly told: ReadonlySet<SwitchId> };

function diffMachine(node: string, { old, now, told }: Sides): readonly FabricChange[] {
  const [before, after] = [old.machines.get(node) ?? [], now.machines.get(node) ?? []];
  const left = before.filter(({ at }) => !after.some((one) => isSamePlace(one.at, at))).toSorted(byPort);
  const come = after.filter(({ at }) => !before.some((one) => isSamePlace(one.at, at))).toSorted(byPort);
  const changes: FabricChange[] = [];
  for (const one of [...left]) {
    // A card that is elsewhere now, or another card of a machine that has left one place for another.
    const moved =
      come.find(({ mac }) => mac === one.mac) ?? (left.length === come.length ? come[0] : undefined);
    if (!moved) continue;
    left.splice(left.indexOf(one), 1);
    come.splice(come.indexOf(moved), 1);
    changes.push(movedFrom(node, one.at, moved.at, { old, now }));
  }
  const [here, there] = [
    { here: old, other: now },
    { here: now, other: old },
  ];
  return [
    ...changes,
    ...left.flatMap((one) =>
      told.has(one.at.switch) ? [] : alone(node, one, tells(one, here) ? "gone" : "notSeen", old),
    ),
    ...come.flatMap((one) =>
      told.has(one.at.switch) ? [] : alone(node, one, tells(one, there) ? "appeared" : "found", now),
    ),
  ];
}

const byPort = (left: Attachment, right: Attachment): number =>
  stableOrder(portKey(left.at), portKey(right.at)) || stableOrder(left.mac, right.mac);

const tells = ({ evidence, at }: Attachment, sides: { readonly here: Side; readonly other: Side }): boolean =>
  wouldTell(evidence, [at], sides);

const alone = (node: string, { at }: Attachment, how: Coming | Going, { index }: Side): FabricChange => ({
  ...{ kind: "node", how, node, at, place: portName(index, at) },
});

const movedFrom = (
  node: string,
  from: PortRef,
  to: PortRef,
  { old, now }: Pick<Sides, "old" | "now">,
): FabricChange => ({
  ...{
    kind: "nodeMoved",
    node,
    from,
    to,
    fromPlace: portName(old.index, from),
    toPlace: portName(now.index, to),
  },
});
