import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type { Command } from "commander";
import { CliFault, EXIT, usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { size } from "./output.ts";
import { SparseFile } from "./sparse_file.ts";

type ExportOptions = { readonly replace?: boolean };

export function exportCommand(image: Command, commands: Commands): void {
  const command = image
    .command("export")
    .description("write an image as the tar or disk that it was, unpacked")
    .argument("<image>")
    .argument("<file>", '"-" writes to standard output')
    .option("--replace", "take the place of a file of that name");
  asking<ExportOptions>(command, commands, exportImage);
}

async function exportImage(
  { client, io, options, show }: Context<ExportOptions>,
  name = "",
  path = "",
): Promise<undefined> {
  const isPiped = path === "-";
  if (!isPiped) await checkTarget(path, options.replace ?? false);
  const response = await client.download(`/images/${segment(name)}/raw`);
  const rawBytes = isPiped ? await pipeOut(response, io.stdout) : await writeFileOf(response, path);
  const line = `Exported ${name}: ${size(rawBytes)}, SHA-256 ${wantedDigest(response)}\n`;
  if (isPiped) io.err(line);
  else show({ image: name, file: path, rawBytes, rawDigest: wantedDigest(response) }, () => line);
}

async function checkTarget(path: string, replace: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return;
  if (!found.isFile()) throw usageFault(`Cannot export to "${path}": it is there and is not a file`);
  if (!replace) throw usageFault(`Cannot export to "${path}": it exists; say --replace, or another file`);
}

/** The file appears under its name when every byte of it was checked. */
async function writeFileOf(response: IncomingMessage, path: string): Promise<number> {
  const file = await SparseFile.begin(path).catch((fault: unknown) => {
    response.destroy();
    throw new CliFault(EXIT.failed, `Cannot export to "${path}": ${(fault as Error).message}`);
  });
  try {
    const rawBytes = await eachChecked(response, (piece) => file.write(piece));
    await file.finish();
    return rawBytes;
  } catch (fault) {
    await file.discard();
    throw fault instanceof CliFault
      ? fault
      : new CliFault(EXIT.failed, `Cannot export to "${path}": ${(fault as Error).message}`);
  }
}

async function pipeOut(response: IncomingMessage, out: NodeJS.WritableStream): Promise<number> {
  return await eachChecked(response, async (piece) => {
    if (out.write(piece)) return;
    await new Promise<void>((resolve) => void out.once("drain", resolve));
  });
}

/** Hands on every piece. @throws {CliFault} when what came is not the whole image */
async function eachChecked(
  response: IncomingMessage,
  take: (piece: Buffer) => Promise<void>,
): Promise<number> {
  const hash = createHash("sha256");
  let rawBytes = 0;
  const broken = "the appliance broke off; its events say why";
  try {
    for await (const part of response) {
      const piece = part as Buffer;
      hash.update(piece);
      rawBytes += piece.length;
      await take(piece);
    }
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== "ECONNRESET") throw fault;
    throw new CliFault(EXIT.failed, `Cannot export the image: after ${rawBytes} bytes ${broken}`);
  }
  if (hash.digest("hex") === wantedDigest(response)) return rawBytes;
  throw new CliFault(EXIT.failed, `Cannot export the image: its ${rawBytes} bytes do not match its digest`);
}

/** Of the whole image: RFC 9530. */
function wantedDigest(response: IncomingMessage): string {
  const [, base64 = ""] = /sha-256=:([^:]+):/.exec(String(response.headers["content-digest"])) ?? [];
  return Buffer.from(base64, "base64").toString("hex");
}
