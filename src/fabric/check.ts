/**
 * Checks how a network is cabled: against a file that says how it should be, and by what is wrong whatever was meant.
 *
 * Pure.
 */
import { CABLING_SEVERITIES, type CablingFinding, type ExpectedCabling } from "./cabling_types.ts";
import { contextOf } from "./check_context.ts";
import { checkLinks } from "./check_links.ts";
import { checkNodes, checkStrangers } from "./check_nodes.ts";
import { checkSeen } from "./check_seen.ts";
import { checkSpeeds } from "./check_speed.ts";
import type { Fabric } from "./graph.ts";

export type CheckOptions = {
  /** Machines and links that the file does not have are found too. */
  readonly unexpected?: boolean | undefined;
  /** Never unexpected. */
  readonly appliance?: string | undefined;
  /** An earlier scan: errors that were counted before it are forgotten. */
  readonly before?: Fabric | undefined;
};

/**
 * @param expected how it should be; without it only what needs no file is checked
 * @returns what is wrong, worst first, each thing once
 */
export function checkCabling(
  fabric: Fabric,
  expected?: ExpectedCabling,
  { unexpected = false, appliance, before }: CheckOptions = {},
): readonly CablingFinding[] {
  const context = contextOf(fabric, expected ?? { nodes: [], links: [] });
  const wanted = [
    ...checkNodes(context, unexpected),
    ...(unexpected ? checkStrangers(context, appliance) : []),
    ...checkLinks(context, unexpected),
  ];
  const findings = [...wanted, ...checkSpeeds(context), ...checkSeen(context, before)];
  return worstFirst(once(findings));
}

/** A switch that is not there is told once, not for each of its cables. */
const once = (findings: readonly CablingFinding[]): readonly CablingFinding[] =>
  [...new Map(findings.toReversed().map((one) => [one.text, one])).values()].reverse();

const worstFirst = (findings: readonly CablingFinding[]): readonly CablingFinding[] =>
  CABLING_SEVERITIES.flatMap((severity) => findings.filter((one) => one.severity === severity));
