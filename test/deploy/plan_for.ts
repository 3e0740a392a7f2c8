import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import type { Layout } from "#src/deploy/layout/layout.ts";
import { planDisk } from "#src/deploy/layout/plan_disk.ts";
import { planText } from "#src/deploy/layout/plan_text.ts";
import { LAYOUTS } from "./bundled_layouts.ts";

/** What the partition script gets for this device; any when there is none. */
export function planFor(
  device: string,
  { layout }: { readonly layout: string | Layout },
): { readonly DISK_PLAN: string } {
  const shape = statSync(device, { throwIfNoEntry: false })
    ? shapeOf(device)
    : { bytes: 2e9, sectorBytes: 512 };
  const wanted = typeof layout === "string" ? LAYOUTS.get(layout) : layout;
  if (!wanted) throw new Error(`No layout ${layout}`);
  const planned = planDisk(wanted, shape, { rootBytes: 0 });
  if (!planned.ok) throw new Error(planned.why);
  return { DISK_PLAN: planText(planned.plan, [device]) };
}

const shapeOf = (device: string): { readonly bytes: number; readonly sectorBytes: number } => {
  const ask = (what: string): number =>
    Number(execFileSync("blockdev", [what, device], { encoding: "utf8" }));
  return { bytes: ask("--getsize64"), sectorBytes: ask("--getss") };
};
