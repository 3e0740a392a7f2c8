import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { Node, PowerSettings } from "./node.ts";

/** What an operator changes. Absent stays as it is, `null` goes away. */
export type NodePatch = {
  readonly name?: string | undefined;
  readonly macs?: readonly Mac[] | undefined;
  readonly address?: Ipv4 | null | undefined;
  readonly power?: PowerSettings | null | undefined;
  readonly secureBoot?: boolean | null | undefined;
  readonly kernelArguments?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly dhcpOptions?: readonly string[] | undefined;
  readonly pinned?: boolean | undefined;
  readonly protected?: boolean | undefined;
};

/** The node with those changes. What an operator has touched counts as registered. */
export function patched(node: Node, patch: NodePatch): Node {
  const { name = node.name, macs = node.macs, kernelArguments = node.kernelArguments } = patch;
  const { groups = node.groups, dhcpOptions = node.dhcpOptions, pinned = node.pinned } = patch;
  return {
    name,
    macs,
    kernelArguments,
    groups,
    dhcpOptions,
    pinned,
    protected: patch.protected ?? node.protected,
    status: "registered",
    firmware: node.firmware,
    identity: node.identity,
    address: patch.address === undefined ? node.address : (patch.address ?? undefined),
    secureBoot: patch.secureBoot === undefined ? node.secureBoot : (patch.secureBoot ?? undefined),
    power: patch.power === undefined ? node.power : (patch.power ?? undefined),
  };
}
