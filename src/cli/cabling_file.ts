import { readFile } from "node:fs/promises";
import { describeCablingProblem, readCabling } from "#src/fabric/cabling.ts";
import { usageFault } from "./cli_fault.ts";

/** The text of a cabling file that can be used. @throws {CliFault} with a line for each problem */
export async function readCablingFile(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((fault: NodeJS.ErrnoException) => {
    throw usageFault(
      `Cannot read the cabling file "${path}": ${fault.code === "ENOENT" ? "no such file" : fault.message}`,
    );
  });
  const read = readCabling(text);
  if (read.ok) return text;
  throw usageFault(read.problems.map((problem) => describeCablingProblem(path, problem)).join("; "));
}
