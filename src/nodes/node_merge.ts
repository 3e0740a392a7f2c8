/** Two nodes become one machine, one node becomes two, or a machine takes another's place. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { Node } from "./node.ts";
import { identityOrNone, placesAmong } from "./node_identity.ts";
import {
  checkedPlan,
  discoveredName,
  type MakePlan,
  type NodePlan,
  type PlanParts,
  refused,
} from "./node_plan.ts";

/**
 * `other` is the same machine as `name`: its MACs go to `name`, and it is no more. What `name` says for itself
 * stays; power, address, Secure Boot and identity it takes from `other` where it has none.
 *
 * @param isForced also when serial numbers say that they are two machines
 */
export function planMerge(name: string, other: string, isForced: boolean): MakePlan {
  return (parts) => {
    const pair = pairOf(parts, name, other);
    if (!pair.ok) return pair;
    const { node, second } = pair;
    const [mine, theirs] = [node.identity?.serial, second.identity?.serial];
    if (mine !== undefined && theirs !== undefined && mine !== theirs && !isForced)
      return refused({ kind: "twoMachines", node: name, other, serials: [mine, theirs] });
    return checkedPlan(parts, {
      ok: true,
      put: [merged(node, second)],
      remove: [other],
      origins: new Map([[name, [name, other]]]),
      event: { kind: "nodesMerged", node: name, other },
    });
  };
}

function merged(node: Node, second: Node): Node {
  const places = { ...second.identity?.places, ...node.identity?.places };
  return {
    ...node,
    macs: [...new Set([...node.macs, ...second.macs])],
    status: [node, second].some(({ status }) => status === "registered") ? "registered" : "discovered",
    address: node.address ?? second.address,
    firmware: node.firmware ?? second.firmware,
    power: node.power ?? second.power,
    secureBoot: node.secureBoot ?? second.secureBoot,
    identity: identityOrNone({
      serial: node.identity?.serial ?? second.identity?.serial,
      uuid: node.identity?.uuid ?? second.identity?.uuid,
      places,
    }),
  };
}

export type SplitTo =
  /** A node of its own, registered as the first one is. */
  | { readonly kind: "named"; readonly name: string }
  /** A node that is there. */
  | { readonly kind: "existing"; readonly node: string }
  /** As if it had just been seen for the first time. */
  | { readonly kind: "discovered" };

/** Takes MACs out of a node, with where they are plugged in. All that was said of the node stays with it, its serial number too. */
export function planSplit(name: string, macs: readonly Mac[], to: SplitTo): MakePlan {
  return (parts) => {
    const node = parts.index.byName(name);
    if (!node) return refused({ kind: "unknownNode", node: name });
    const taken = [...new Set(macs)];
    const stranger = taken.find((mac) => !node.macs.includes(mac));
    if (stranger !== undefined) return refused({ kind: "notItsMac", mac: stranger, node: name });
    const [first] = taken;
    if (first === undefined) return refused({ kind: "noMac", node: name });
    const second = secondOf(parts, { node, taken, first, to });
    if ("kind" in second) return refused(second);
    const rest = node.macs.filter((mac) => !taken.includes(mac));
    const places = placesAmong(node.identity?.places, rest);
    return checkedPlan(parts, {
      ok: true,
      put: [{ ...node, macs: rest, identity: identityOrNone({ ...node.identity, places }) }, second],
      remove: [],
      origins: to.kind === "existing" ? new Map() : new Map([[second.name, []]]),
      event: { kind: "nodeSplit", node: name, other: second.name, macs: taken },
    });
  };
}

type Splitting = {
  readonly node: Node;
  readonly taken: readonly Mac[];
  readonly first: Mac;
  readonly to: SplitTo;
};

function secondOf(
  { index }: PlanParts,
  { node, taken, first, to }: Splitting,
): Node | Extract<NodePlan, { readonly ok: false }>["problem"] {
  const places = placesAmong(node.identity?.places, taken);
  if (to.kind === "existing") {
    const there = index.byName(to.node);
    if (!there) return { kind: "unknownNode", node: to.node };
    if (there.name === node.name) return { kind: "sameNode", node: node.name };
    const identity = identityOrNone({
      ...there.identity,
      places: { ...places, ...there.identity?.places },
    });
    return { ...there, macs: [...there.macs, ...taken], identity };
  }
  const name = to.kind === "named" ? to.name : discoveredName(first);
  if (index.byName(name)) return { kind: "nameTaken", name };
  return {
    name,
    macs: taken,
    status: to.kind === "named" ? node.status : "discovered",
    firmware: node.firmware,
    kernelArguments: [],
    identity: identityOrNone({ places }),
  };
}

/**
 * The discovered machine `other` stands in for `name`: what was said of the node stays (name, groups, power,
 * address, options), what it is known by comes from the new machine. The old machine is a discovered one from now on.
 *
 * @param isForgotten the old machine is forgotten instead, until it shows itself again
 */
export function planReplace(name: string, other: string, isForgotten: boolean): MakePlan {
  return (parts) => {
    const pair = pairOf(parts, name, other);
    if (!pair.ok) return pair;
    const { node, second } = pair;
    if (second.status !== "discovered") return refused({ kind: "notDiscovered", node: other });
    const replaced: Node = {
      ...node,
      macs: second.macs,
      firmware: second.firmware,
      identity: second.identity,
    };
    const former = isForgotten ? [] : [formerMachine(node)];
    return checkedPlan(parts, {
      ok: true,
      put: [replaced, ...former],
      remove: [other],
      origins: new Map([[name, [other]], ...former.map((one) => [one.name, [name]] as const)]),
      event: { kind: "nodeReplaced", node: name, other },
    });
  };
}

function formerMachine({ macs, firmware, identity }: Node): Node {
  const [first] = macs;
  if (first === undefined) throw new RangeError("Cannot name a machine without a MAC");
  const { serial, uuid } = identity ?? {};
  return {
    name: discoveredName(first),
    macs,
    status: "discovered",
    firmware,
    kernelArguments: [],
    // Where it was plugged in the new one is.
    identity: identityOrNone({ serial, uuid }),
  };
}

/** The cards of two machines were exchanged: their MACs change places, everything else stays. */
export function planSwap(name: string, other: string): MakePlan {
  return (parts) => {
    const pair = pairOf(parts, name, other);
    if (!pair.ok) return pair;
    const { node, second } = pair;
    const withMacs = (one: Node, from: Node): Node => {
      const { serial, uuid } = one.identity ?? {};
      return { ...one, macs: from.macs, identity: identityOrNone({ serial, uuid }) };
    };
    return checkedPlan(parts, {
      ok: true,
      put: [withMacs(node, second), withMacs(second, node)],
      remove: [],
      // What an agent said it said through the card.
      origins: new Map([
        [name, [other]],
        [other, [name]],
      ]),
      event: { kind: "nodeMacsSwapped", node: name, other },
    });
  };
}

type Pair =
  | { readonly ok: true; readonly node: Node; readonly second: Node }
  | Extract<NodePlan, { readonly ok: false }>;

function pairOf({ index }: PlanParts, name: string, other: string): Pair {
  const refuse = (problem: Extract<NodePlan, { readonly ok: false }>["problem"]): Pair => ({
    ok: false,
    problem,
  });
  if (name === other) return refuse({ kind: "sameNode", node: name });
  const node = index.byName(name);
  const second = index.byName(other);
  if (!node) return refuse({ kind: "unknownNode", node: name });
  return second ? { ok: true, node, second } : refuse({ kind: "unknownNode", node: other });
}
