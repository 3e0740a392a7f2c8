/** How many machines may be started at once, and what is learned from how long they took. */
import { type Field, integer } from "./field.ts";

/** Node groups whose machines hang on one PDU, fuse or chassis. */
export type PowerGroupChoice = { readonly pattern: string; readonly inFlight: number };

const wanted = "GROUP=NODES, for example rack1-pdu=4 or 'chassis*=2'";

function readPowerGroups(
  text: string,
): { readonly value: readonly PowerGroupChoice[] } | { readonly wanted: string } {
  const value: PowerGroupChoice[] = [];
  for (const part of text.split(",")) {
    const [, pattern, count = ""] = /^([A-Za-z0-9._*-]{1,63})=(\d{1,6})$/.exec(part) ?? [];
    if (pattern === undefined || Number(count) < 1) return { wanted };
    value.push({ pattern, inFlight: Number(count) });
  }
  return { value };
}

export const WINDOW_SETTINGS = {
  "reboot-window": integer({
    doc: "Nodes that may boot at once, in all deployments together; each that is through lets the next one in.",
    placeholder: "NODES",
    ...{ fallback: 500, min: 1, max: 100_000 },
  }),
  "power-window": integer({
    doc: "Power commands that may be under way at once, in deployments and `brigade power` together.",
    placeholder: "NODES",
    ...{ fallback: 100, min: 1, max: 10_000 },
  }),
  "power-rate": integer({
    doc: "Machines that may be switched on, or off and on, within any second.",
    placeholder: "NODES",
    ...{ fallback: 20, min: 1, max: 10_000 },
  }),
  "power-group": {
    doc: "Of the nodes of such a group (`*` stands for any characters) only so many may start at once: machines on one PDU, fuse or chassis; said again for each further one.",
    placeholder: "GROUP=NODES",
    fallback: [],
    hasMany: true,
    read: readPowerGroups,
  } as Field<readonly PowerGroupChoice[]>,
  "learned-limit-min": integer({
    doc: "The shortest time limit for a boot that is learned from past ones, in seconds.",
    placeholder: "SECONDS",
    ...{ fallback: 60, min: 10, max: 86_400 },
  }),
  "learned-limit-max": integer({
    doc: "The longest one.",
    placeholder: "SECONDS",
    ...{ fallback: 1800, min: 10, max: 86_400 },
  }),
  "keep-step-runs": integer({
    doc: "Attempts at steps that are kept for `brigade stats`; the oldest go.",
    placeholder: "NUMBER",
    ...{ fallback: 1_000_000, min: 1000, max: 100_000_000 },
  }),
} as const;
