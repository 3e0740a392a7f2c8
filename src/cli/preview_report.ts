/** What a deployment would do, in words. Pure. */
import type { PlannedWayView, PreviewView } from "#src/http/preview_types.ts";
import { PHASES } from "./deployment_report.ts";
import { fields, size, table } from "./output.ts";

export function previewReport(preview: PreviewView): string {
  const { image, imageDigest, imageRawBytes, nodes, spares, success, needed, problems } = preview;
  const about =
    imageDigest === undefined ? "" : ` (${imageDigest.slice(0, 12)}, ${size(imageRawBytes ?? 0)})`;
  const head = fields([
    ["image", `${image}${about}`],
    ["nodes", nodes],
    ["in reserve", spares || undefined],
    ["success", needed === undefined ? success : `${success}: ${needed} nodes`],
  ]);
  const verdict =
    problems.length === 0
      ? "It would start. Nothing was done.\n"
      : `It would be refused:\n${problems.map(({ detail }) => `  ${detail}\n`).join("")}`;
  const parts = [head, ...preview.plans.map(planText), diskText(preview), chainText(preview), verdict];
  return parts.filter((part) => part !== "").join("\n");
}

function planText({ nodes, phases }: PreviewView["plans"][number]): string {
  const rows = phases.flatMap((ways, at) =>
    ways.flatMap((way, place) =>
      way.steps.map((step) => [
        PHASES[at]?.name ?? String(at + 1),
        wayText(way, place),
        step.name,
        `${step.timeLimitSec} s`,
        String(step.maxAttempts),
        step.pauseBefore ? "stops here" : "",
      ]),
    ),
  );
  return `${nodes}:\n${table(["PHASE", "WAY", "STEP", "LIMIT", "ATTEMPTS", ""], rows)}`;
}

function wayText({ way, retries, timeLimitSec }: PlannedWayView, place: number): string {
  const more = [
    ...(retries > 0 ? [`again ${retries}x`] : []),
    ...(timeLimitSec === undefined ? [] : [`${timeLimitSec} s`]),
  ];
  const name = place === 0 ? way : `else ${way}`;
  return more.length === 0 ? name : `${name} (${more.join(", ")})`;
}

function diskText({ disks }: PreviewView): string {
  const rows = disks.map(({ nodes, disk, bytes, why }) => [
    nodes,
    disk === undefined ? `none: ${why ?? "?"}` : `${disk} (${size(bytes ?? 0)})`,
  ]);
  return rows.length === 0 ? "" : table(["NODES", "DISK, AS LAST SEEN"], rows);
}

const chainText = ({ chains }: PreviewView): string =>
  chains.map((chain, at) => `chain ${at + 1}  ${chain.join(" ")}\n`).join("");
