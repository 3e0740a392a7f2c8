import { loadLayouts } from "#src/app/layout_files.ts";
import type { Layout } from "#src/deploy/layout/layout.ts";
import { readLayout } from "#src/deploy/layout/layout_file.ts";

/** @throws with the place of the first fault */
export function mustRead(name: string, text: string): Layout {
  const read = readLayout(name, text);
  if (!read.ok) throw new Error(`${name}: ${JSON.stringify(read.problems)}`);
  return read.layout;
}

/** Those that come with the program, by name. */
export const LAYOUTS: ReadonlyMap<string, Layout> = new Map(
  [...loadLayouts()].map(([name, text]) => [name, mustRead(name, text)]),
);
