import type { NodeView } from "#src/http/api_types.ts";
import { describeNodeSetError, parseNodeSet } from "#src/value/node_set.ts";
import type { ApiClient } from "./api_client.ts";
import { usageFault } from "./cli_fault.ts";

/** Groups are known to the appliance. */
const hasGroups = (text: string): boolean => text.includes("@");

/** @throws {CliFault} it is no node set, as far as that can be told here */
export function checkNodeSet(text: string): void {
  const read = hasGroups(text) ? parseNodeSet(text, () => ["node"]) : parseNodeSet(text);
  if (!read.ok && !(hasGroups(text) && read.error.detail === "no name is left"))
    throw usageFault(describeNodeSetError(text, read.error));
}

/** The names of a node set, in natural order; of one with groups those that are nodes. @throws {CliFault} it is none */
export async function readNodeNames(client: ApiClient, text: string): Promise<readonly string[]> {
  checkNodeSet(text);
  if (!hasGroups(text)) {
    const read = parseNodeSet(text);
    return read.ok ? read.names : [];
  }
  const views = await client.get<readonly NodeView[]>(`/nodes?nodes=${encodeURIComponent(text)}`);
  return views.map(({ name }) => name);
}
