import { readFileSync } from "node:fs";

/** What `/proc/PID/stat` says (proc(5)); the start time tells a process from a later one with the same id. */
export type ProcessStat = { readonly pid: number; readonly state: string; readonly startTicks: number };

/** @param process an id, or `self`. @throws when there is no such process. */
export function readStat(process: string): ProcessStat {
  const stat = readFileSync(`/proc/${process}/stat`, "utf8");
  // The program's name, in parentheses, may hold anything, parentheses too.
  const [state = "", ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { pid: Number.parseInt(stat, 10), state, startTicks: Number(rest[18]) };
}
