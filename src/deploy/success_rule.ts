/** When a deployment counts as a success. Pure. */

export type SuccessRule =
  | { readonly kind: "all" }
  /** So many nodes. */
  | { readonly kind: "count"; readonly nodes: number }
  /** So many percent of the places, rounded up. */
  | { readonly kind: "share"; readonly percent: number };

const RULE = /^(?:all|([1-9]\d{0,5})|(100|[1-9]\d?) ?%)$/;

/** `all`, `8` or `80%`; `undefined` for anything else. */
export function parseSuccessRule(text: string): SuccessRule | undefined {
  const read = RULE.exec(text);
  if (!read) return undefined;
  const [, count, percent] = read;
  if (count !== undefined) return { kind: "count", nodes: Number(count) };
  return percent === undefined ? { kind: "all" } : { kind: "share", percent: Number(percent) };
}

/** As people write it. */
export function successRuleText(rule: SuccessRule): string {
  if (rule.kind === "count") return String(rule.nodes);
  return rule.kind === "share" ? `${rule.percent}%` : "all";
}

/** How many nodes must be OK of a deployment with this many places. */
export function neededBy(rule: SuccessRule, places: number): number {
  if (rule.kind === "count") return rule.nodes;
  return rule.kind === "share" ? Math.ceil((places * rule.percent) / 100) : places;
}
