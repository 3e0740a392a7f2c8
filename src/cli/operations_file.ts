import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { OperationInput } from "#src/http/operation_types.ts";
import { usageFault } from "./cli_fault.ts";
import { readOperationsYaml, type WrittenOperation } from "./operations_yaml.ts";

/** The appliance takes less; this keeps a wrong path from filling the memory. */
const MAX_FILE_BYTES = 256 * 1024;

/** Operations as the appliance wants them, with what the local files hold. @throws {CliFault} with a line for each problem */
export async function readOperationsFile(path: string): Promise<OperationInput[]> {
  const read = readOperationsYaml((await contentOf(path, path)).toString("utf8"));
  if (read.ok) return Promise.all(read.operations.map((one) => inputOf(one, path)));
  const lines = read.problems.map(({ line, wanted }) => `Cannot use "${path}" line ${line}: wants ${wanted}`);
  throw usageFault(lines.join("; "));
}

async function inputOf({ work, line, ...timing }: WrittenOperation, file: string): Promise<OperationInput> {
  if (work.kind === "script") return { ...timing, run: work.text, ...environmentOf(work) };
  const content = await contentOf(resolve(dirname(file), work.path), `${file}" line ${line}: "${work.path}`);
  if (work.kind === "run") return { ...timing, run: scriptText(content, work.path), ...environmentOf(work) };
  const { to, mode } = work;
  return { ...timing, send: content.toString("base64"), to, ...(mode === undefined ? {} : { mode }) };
}

const environmentOf = ({ environment }: { readonly environment?: Readonly<Record<string, string>> }) =>
  environment === undefined ? {} : { environment: { ...environment } };

/** Only texts go as they are: a program has to be sent and then run. */
function scriptText(content: Buffer, path: string): string {
  const text = content.toString("utf8");
  if (Buffer.from(text, "utf8").equals(content)) return text;
  throw usageFault(`Cannot run "${path}": it is no text; send it, and run a script that starts it`);
}

/** @param told what a message calls it */
async function contentOf(path: string, told: string): Promise<Buffer> {
  const content = await readFile(path).catch((fault: NodeJS.ErrnoException) => {
    throw usageFault(`Cannot read "${told}": ${fault.code === "ENOENT" ? "no such file" : fault.message}`);
  });
  if (content.length <= MAX_FILE_BYTES) return content;
  throw usageFault(`Cannot use "${told}": it has more than ${MAX_FILE_BYTES} bytes`);
}
