import { describeNodeSetError, parseNodeSet } from "#src/value/node_set.ts";
import { usageFault } from "./cli_fault.ts";

/** The names of a node set, in natural order. @throws {CliFault} it is none */
export function readNodeNames(text: string): readonly string[] {
  const read = parseNodeSet(text);
  if (read.ok) return read.names;
  throw usageFault(describeNodeSetError(text, read.error));
}
