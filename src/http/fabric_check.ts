/** The cabling check behind the API: for people, and as a gate before a deployment. */
import { describeCablingProblem, readCabling } from "#src/fabric/cabling.ts";
import type { CablingFinding, ExpectedCabling } from "#src/fabric/cabling_types.ts";
import { findingsFor } from "#src/fabric/check_scope.ts";
import type { ApiServices, FabricApi } from "./api_services.ts";
import { ApiProblem } from "./problem.ts";

/** A gate waits for a scan as long as a switch may take that says nothing, and a little more. */
const GATE_WAIT_MS = 15_000;
const MAX_TOLD = 20;

export type CheckInput = {
  /** Text of a cabling file. */
  readonly expected?: string | undefined;
  /** Only what is about these. */
  readonly nodes?: readonly string[] | undefined;
  readonly unexpected?: boolean | undefined;
};

/** @throws ApiProblem nothing is known of the fabric, or the file cannot be read */
export function checkFabric(fabric: FabricApi, input: CheckInput): readonly CablingFinding[] {
  const { expected, nodes, unexpected = false } = input;
  const wanted = expected === undefined ? undefined : readExpected(expected);
  const findings = fabric.check(wanted, unexpected);
  const graph = fabric.known()?.fabric;
  if (!findings || !graph) {
    const detail =
      'Cannot check the cabling: nothing is known of the fabric yet; see "brigade fabric discover --wait"';
    throw new ApiProblem(409, "fabricUnknown", detail);
  }
  return nodes === undefined ? findings : findingsFor(findings, graph, fabric.order(nodes).nodes);
}

function readExpected(text: string): ExpectedCabling {
  const read = readCabling(text);
  if (read.ok) return read.cabling;
  const lines = read.problems
    .slice(0, MAX_TOLD)
    .map((problem) => describeCablingProblem("expected", problem));
  throw new ApiProblem(400, "badCabling", lines.join("; "));
}

/** @throws ApiProblem with what is wrong, when an error is about these nodes */
export async function gateByFabric(
  { fabric }: Pick<ApiServices, "fabric">,
  input: CheckInput & { readonly nodes: readonly string[] },
): Promise<void> {
  await fabric.refresh(GATE_WAIT_MS);
  const errors = checkFabric(fabric, input).filter(({ severity }) => severity === "error");
  if (errors.length === 0) return;
  const told = errors.slice(0, MAX_TOLD).map(({ text }) => text);
  const more = errors.length > MAX_TOLD ? [`and ${errors.length - MAX_TOLD} more`] : [];
  throw new ApiProblem(
    409,
    "cablingErrors",
    `Cannot deploy with --check-fabric: ${[...told, ...more].join("; ")}`,
  );
}
