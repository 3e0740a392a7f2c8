/** What can be said of layout, disk rule and partition before a node is touched. Pure. */
import type { Node } from "#src/nodes/node.ts";
import type { DeploymentRequest, StartProblem } from "./deployment.ts";
import { checkDiskRule } from "./disk_rule.ts";
import { expectedDisk, type SeenDisk } from "./expected_disk.ts";
import type { Layout } from "./layout/layout.ts";
import { whyNotFirmware } from "./layout/plan_disk.ts";
import { layoutOf } from "./layout_choice.ts";
import { allNodesOf } from "./request_check.ts";
import { gigabytes } from "./size_text.ts";

export type TargetFacts = {
  readonly layoutByName: (name: string) => Layout | undefined;
  readonly nodeByName: (name: string) => Node | undefined;
  /** As each node said last; undefined: it never did. */
  readonly disksOf?: ((node: string) => readonly SeenDisk[] | undefined) | undefined;
  readonly imageRawBytes: number;
};

const PARTITION = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** The first problem of a request that is good otherwise. */
export function targetProblem(request: DeploymentRequest, facts: TargetFacts): StartProblem | undefined {
  const bad = (why: string): StartProblem => ({ kind: "badTarget", why });
  const { partition, diskRule, bootSector } = request;
  const name = layoutOf(request);
  const layout = facts.layoutByName(name);
  if (!layout) return bad(`no layout is called "${name}"; see "brigade layout list"`);
  const rule = diskRule && checkDiskRule(diskRule);
  if (rule && "wanted" in rule) return bad(`the disk rule wants ${rule.wanted}`);
  if (partition !== undefined && !PARTITION.test(partition))
    return bad(
      `${JSON.stringify(partition.slice(0, 64))} is not a partition, wanted a number, label or PARTUUID`,
    );
  if (partition !== undefined && request.layout !== undefined)
    return bad("a layout is for whole disks, and --partition takes one that is there");
  if (partition === undefined && bootSector === true)
    return bad("--boot-sector is for --partition: a whole disk gets its boot loader in any case");
  return nodesProblem({ ...request, layout }, facts);
}

type Checked = Omit<DeploymentRequest, "layout"> & { readonly layout: Layout };

function nodesProblem(request: Checked, facts: TargetFacts): StartProblem | undefined {
  for (const node of allNodesOf({ ...request, layout: undefined })) {
    const why = whyNotNode(node, request, facts);
    if (why !== undefined) return { kind: "unsuitableNode", node, why };
  }
  return undefined;
}

/** An inventory may be of last week: a disk that is named is looked for on the node only. */
function whyNotNode(node: string, request: Checked, facts: TargetFacts): string | undefined {
  const { layout, disk, partition } = request;
  if (partition !== undefined) return undefined;
  const firmware = facts.nodeByName(node)?.firmware;
  const why = firmware && whyNotFirmware(layout, firmware);
  if (why !== undefined) return `layout ${layout.name} ${why}`;
  const disks = facts.disksOf?.(node);
  if (!disks || disk !== undefined) return undefined;
  const found = expectedDisk(disks, { ...request, imageRawBytes: facts.imageRawBytes });
  return found.kind === "none"
    ? `${found.why} (when it was in the ramdisk last; --disk takes your word for it)`
    : undefined;
}

/** A node that never said how much it has is believed to have enough. */
export function memoryProblem(
  request: DeploymentRequest,
  neededBytes = 0,
  memoryOf: (node: string) => number | undefined = () => undefined,
): StartProblem | undefined {
  for (const node of allNodesOf(request)) {
    const bytes = memoryOf(node) ?? neededBytes;
    if (bytes < neededBytes)
      return {
        ...{ kind: "unsuitableNode", node },
        why: `it has ${gigabytes(bytes)} of memory, the image needs ${gigabytes(neededBytes)}`,
      };
  }
  return undefined;
}
