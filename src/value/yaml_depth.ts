/**
 * The line, counted from 1, where brackets, or dashes and question marks in one line, go deeper than `limit`: the
 * YAML parser would use up the stack. Brackets in quotes and comments count as well.
 */
export function lineTooDeep(text: string, limit: number): number | undefined {
  let depth = 0;
  for (const [index, line] of text.split("\n").entries()) {
    for (const [char] of line.matchAll(/[[\]{}]/g)) {
      depth = Math.max(0, depth + (char === "[" || char === "{" ? 1 : -1));
      if (depth > limit) return index + 1;
    }
    if (isFarIn(line, limit)) return index + 1;
  }
  return undefined;
}

function isFarIn(line: string, limit: number): boolean {
  const [lead = ""] = /^[\s?:-]*/.exec(line) ?? [];
  const marks = lead.replaceAll(/\s/g, "").length;
  return line.trim() !== "" && (lead.length > 8 * limit || marks > limit);
}
