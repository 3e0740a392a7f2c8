import { usageFault } from "./cli_fault.ts";

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * An instant as people write it: a date, a date with time (UTC unless it says otherwise), or how long ago (`90m`,
 * `12h`, `7d`). Pure.
 *
 * @returns Unix time in ms. @throws {CliFault} it is none of these
 */
export function instantOf(option: string, text: string, nowMs: number): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (unit !== "") return Math.max(0, nowMs - Number(count) * (UNIT_MS[unit] ?? 0));
  const isDate = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  const hasZone = /(?:Z|[+-]\d{2}:\d{2})$/.test(text.slice(10));
  const atMs = isDate
    ? Date.parse(hasZone || text.length === 10 ? text : `${text.replace(" ", "T")}Z`)
    : Number.NaN;
  if (Number.isFinite(atMs) && atMs >= 0) return atMs;
  throw usageFault(
    `Cannot use ${option} "${text}": wants a date such as 2026-01-31, a date with time, or how long ago, such as 7d`,
  );
}
