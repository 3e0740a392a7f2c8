/** Machines, what is recorded of them and what they show, in few words. */
import { judgeIdentities } from "#src/nodes/identity_judge.ts";
import type { Node } from "#src/nodes/node.ts";
import type { MachineSaid, NodeIdentity } from "#src/nodes/node_identity.ts";
import type { Place } from "#src/nodes/place.ts";
import type { Mac } from "#src/value/mac.ts";

export const mac = (number: number): Mac => `52:54:00:00:00:${String(number).padStart(2, "0")}` as Mac;
export const port = (number: number): Place => ({
  switchId: "s1",
  switchName: "rack1-sw",
  port: `Eth${number}`,
});
export const uuid = (digit: string): string => `4c4c4544-0043-3510-8052-b4c04f4a313${digit}`;

export type Seen = {
  /** Recorded with the node. */
  readonly identity?: NodeIdentity;
  readonly said?: Partial<MachineSaid>;
  readonly status?: Node["status"];
  readonly macs?: readonly Mac[];
};

/** Nodes n1, n2, … with MAC 1, 2, … unless told otherwise; discovered ones are d1, d2, …. */
export function judge(seen: readonly Seen[], at: Readonly<Record<number, readonly number[]>> = {}) {
  const nodes = seen.map(
    ({ identity, status = "registered", macs }, index): Node => ({
      name: `${status === "registered" ? "n" : "d"}${index + 1}`,
      macs: macs ?? [mac(index + 1)],
      status,
      kernelArguments: [],
      ...(identity ? { identity } : {}),
    }),
  );
  const said = new Map(
    nodes.flatMap(({ name, macs }, index) => {
      const words = seen[index]?.said;
      return words ? [[name, { serial: "", uuid: "", macs, order: index + 1, ...words }] as const] : [];
    }),
  );
  const places = new Map(
    Object.entries(at).map(([number, ports]) => [mac(Number(number)), ports.map(port)] as const),
  );
  return judgeIdentities({
    nodes,
    saidOf: (name) => said.get(name),
    places: {
      placesOf: (one) => places.get(one) ?? [],
      hasLeft: () => true,
      askedAtMs: () => 0,
      isWhole: () => true,
    },
  });
}

export const placed = (number: number): NodeIdentity => ({ places: { [mac(number)]: port(number) } });
export const learnedBy = ({ learned }: ReturnType<typeof judge>): object =>
  Object.fromEntries(learned.map(({ node, identity }) => [node.name, identity]));
