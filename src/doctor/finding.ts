/** What the doctor says: one thing that is wrong or may become so, why that matters, and what to do about it. */
export const SEVERITIES = ["error", "warning", "note"] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Finding = {
  /** `error`: nodes will not boot or the appliance will not start. `warning`: some will not, or not always. `note`: worth knowing. */
  readonly severity: Severity;
  /** Stable name of the check, for programs: `other-dhcp-server`. */
  readonly check: string;
  readonly found: string;
  readonly why: string;
  /** What to do, in words and with the command where there is one. */
  readonly fix: string;
};

/** Worst first; those of one severity stay in their order. */
export const worstFirst = (findings: readonly Finding[]): readonly Finding[] =>
  SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
