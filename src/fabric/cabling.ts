/**
 * Reads how a network should be cabled, as people keep it: YAML, or a table out of a spreadsheet.
 *
 *     nodes:                              node7,sw2,Gi1/0/7,1G
 *       node7: sw2/Gi1/0/7                sw1,49,sw2,49,10G
 *       node[1-6]: sw1/[1-6] 10G
 *     links:
 *       - sw1/49 - sw2/49 10G
 *
 * A place is the name of a switch up to the first slash, then the port. A speed goes behind it. Where names have
 * slashes or spaces a mapping says the same: `{switch: a/b, port: "7", speed: 10G}`, for a link `{ends: [PLACE, PLACE]}`.
 *
 * Pure.
 */
import { inertLine } from "#src/value/inert_line.ts";
import { readCablingTable } from "./cabling_table.ts";
import type { CablingProblem, CablingRead } from "./cabling_types.ts";
import { readCablingYaml } from "./cabling_yaml.ts";

/** 100,000 nodes in long lines. */
const MAX_CHARACTERS = 10_000_000;

/**
 * @returns all cables, or everything that is wrong with the file, each with its line. Never throws.
 */
export function readCabling(text: string): CablingRead {
  if (text.length > MAX_CHARACTERS)
    return { ok: false, problems: [{ line: 1, wanted: `at most ${MAX_CHARACTERS} characters` }] };
  const read = isTable(text) ? readCablingTable(text) : readCablingYaml(text);
  if (!read.ok || read.cabling.nodes.length + read.cabling.links.length > 0) return read;
  return { ok: false, problems: [{ line: 1, wanted: "at least one node or link" }] };
}

/** Whether the first line that says something has cells. YAML has a colon there, or a dash. */
function isTable(text: string): boolean {
  const first = text
    .split(/\r?\n/, 1000)
    .find((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
  return (
    first !== undefined && /^[^:{[]*[,;\t]/.test(first.replaceAll(/\[[\d,-]*\]/g, "")) && !/:\s/.test(first)
  );
}

/** One line for each problem, for the screen. */
export const describeCablingProblem = (file: string, { line, wanted }: CablingProblem): string =>
  `Cannot use "${inertLine(file)}", line ${line}: wants ${inertLine(wanted)}`;
