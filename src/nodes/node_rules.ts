import type { Ipv4 } from "#src/value/ipv4.ts";
import { isKernelArgument } from "#src/value/kernel_argument.ts";
import { type Mac, macBytes } from "#src/value/mac.ts";
import type { Node } from "./node.ts";
import type { NodeProblem } from "./node_problem.ts";

/** RFC 1123 labels in lower case: names also reach DNS and file names, where case is lost. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
/** Linux takes 64 with the terminating NUL (HOST_NAME_MAX). */
const MAX_NAME_LENGTH = 63;

export { isKernelArgument };

export const isNodeName = (text: string): boolean => text.length <= MAX_NAME_LENGTH && NAME.test(text);

/** False for group addresses and all zeros: no single machine sends from those (IEEE 802 section 8.2). */
export function isMachineMac(mac: Mac): boolean {
  const bytes = macBytes(mac);
  return (bytes[0] ?? 1) % 2 === 0 && bytes.some((byte) => byte !== 0);
}

/** What others know of a node's settings. Reasons are clauses; `undefined` when there is none. */
export type NodeRules = {
  /** Why the provisioning network cannot give this address to a node. */
  readonly whyNotAddress: (address: Ipv4) => string | undefined;
  /** Why DHCP cannot send this option. */
  readonly whyNotOption: (text: string) => string | undefined;
  readonly isGroup: (name: string) => boolean;
};

/** What is wrong with a node by itself, whatever other nodes there are. */
export function nodeProblem(node: Node, rules: NodeRules): NodeProblem | undefined {
  if (!isNodeName(node.name)) return { kind: "badName", name: node.name };
  if (node.macs.length === 0) return { kind: "noMac", node: node.name };
  const mac = node.macs.find((candidate) => !isMachineMac(candidate));
  if (mac !== undefined) return { kind: "badMac", mac };
  const argument = node.kernelArguments.find((candidate) => !isKernelArgument(candidate));
  if (argument !== undefined) return { kind: "badKernelArgument", argument };
  const why = node.address === undefined ? undefined : rules.whyNotAddress(node.address);
  if (node.address !== undefined && why !== undefined)
    return { kind: "addressUnusable", address: node.address, why };
  return groupProblem(node, rules);
}

function groupProblem(
  { groups = [], dhcpOptions = [] }: Node,
  { isGroup, whyNotOption }: NodeRules,
): NodeProblem | undefined {
  const group = groups.find((name) => !isGroup(name));
  if (group !== undefined) return { kind: "unknownGroup", group };
  for (const option of dhcpOptions) {
    const why = whyNotOption(option);
    if (why !== undefined) return { kind: "badOption", option, why };
  }
  return undefined;
}
