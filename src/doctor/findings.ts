/** All that the doctor concludes from what was seen. Pure. */
import type { DoctorFacts } from "./facts.ts";
import { type Finding, worstFirst } from "./finding.ts";
import { hostFindings, poolFinding } from "./host_findings.ts";
import { interfaceFindings } from "./interface_findings.ts";

/** @returns what is wrong or may become so, worst first; empty when all is well */
export const findingsOf = (facts: DoctorFacts): readonly Finding[] =>
  worstFirst([
    ...facts.refusals.map(refusalFinding),
    ...facts.interfaces.flatMap((one) => interfaceFindings(one, facts.host.container)),
    ...hostFindings(facts),
    ...facts.pools.flatMap(poolFinding),
  ]);

/** Refusals of a start say "what was found; what to do". */
function refusalFinding(refusal: string): Finding {
  const at = refusal.lastIndexOf("; ");
  return {
    severity: "error",
    check: "would-not-start",
    found: at < 0 ? refusal : refusal.slice(0, at),
    why: "brigade serve refuses to start with that",
    fix: at < 0 ? "see the page of messages in the manual" : refusal.slice(at + 2),
  };
}
