/** The boots of a machine as a person reads them. Pure. */
import type { BootsView, BootView } from "#src/http/boot_types.ts";
import { inertLine } from "#src/value/inert_line.ts";
import { seconds, table, time } from "./output.ts";

export function bootsReport({ node, macs, boots }: BootsView): string {
  const who = node === undefined ? macs.join(",") : `${node} (${macs.join(", ")})`;
  if (boots.length === 0)
    return `Nothing is known of a boot of ${inertLine(who)} since the appliance started\n`;
  return boots
    .map((boot, index) => `${inertLine(who)}, boot ${index + 1} of ${boots.length}\n${bootText(boot)}`)
    .join("\n");
}

function bootText(boot: BootView): string {
  const rows = boot.entries.map((entry, index) => [
    seconds(entry.atMs - boot.startedAtMs),
    index === 0 ? "" : seconds(entry.atMs - (boot.entries[index - 1]?.atMs ?? entry.atMs)),
    entry.tookMs === undefined ? "" : seconds(entry.tookMs),
    entry.words + again(entry),
  ]);
  const began = `began ${time(boot.startedAtMs)}${boot.leftOut > 0 ? `; ${boot.leftOut} lines are left out` : ""}\n`;
  const delays = boot.delays.map((delay) => finding("LATE", delay));
  const stall = boot.stall ? [finding("STALLED", boot.stall)] : [];
  return `${began}${table(["SECONDS", "SINCE", "TOOK", "WHAT"], rows)}${[...delays, ...stall].join("")}`;
}

const again = ({ times, lastAtMs, atMs }: BootView["entries"][number]): string =>
  times === 1 ? "" : ` (${times} times in ${seconds(lastAtMs - atMs)} s)`;

const finding = (
  head: string,
  { words, advice }: { readonly words: string; readonly advice: string },
): string => `${head}: ${inertLine(words)}\n  try: ${inertLine(advice)}\n`;
