/** Faults of a step that are told apart. Any other error is worth another attempt. */

/** The node booted anew or fell silent: what its ramdisk knew is lost. The agent hub throws one of the same name. */
export class AgentGone extends Error {
  override readonly name = "AgentGone";
}

/** This way of its phase cannot work here; the next one may. */
export class NoWay extends Error {
  override readonly name = "NoWay";
}

/** No repetition can heal it. */
export class Hopeless extends Error {
  override readonly name = "Hopeless";
}

const MAX_WHY_CHARACTERS = 400;

/**
 * Text from a node made fit for a log line, a terminal and a page: one line,
 * no control or direction characters, cut when long.
 */
export function oneLine(text: string): string {
  // Cut before the patterns run: a node may send anything.
  const printable = text
    .slice(-4 * MAX_WHY_CHARACTERS)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, " ");
  const trimmed = printable.replaceAll(/ {2,}/g, " ").trim();
  return trimmed.length > MAX_WHY_CHARACTERS ? `${trimmed.slice(0, MAX_WHY_CHARACTERS - 1)}…` : trimmed;
}

/** What an error says, for a record. */
export const wordsOf = (fault: unknown): string =>
  oneLine(fault instanceof Error ? fault.message : String(fault)) || "no reason given";
