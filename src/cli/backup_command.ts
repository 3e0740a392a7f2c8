import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { CliFault, EXIT, usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context } from "./command_context.ts";
import { size } from "./output.ts";

type BackupOptions = {
  readonly withSecrets?: boolean;
  readonly withImages?: boolean;
  readonly replace?: boolean;
};

export function backupCommand(program: Command, commands: Commands): void {
  const command = program
    .command("backup")
    .description("write the state of the running appliance into a file")
    .argument("<file>")
    .option("--with-secrets", "also its keys and the admin token: who has the file can do everything then")
    .option("--with-images", "also the images themselves")
    .option("--replace", "take the place of a file of that name");
  asking<BackupOptions>(command, commands, takeBackup);
}

async function takeBackup(
  { client, io, options, show }: Context<BackupOptions>,
  path = "",
): Promise<undefined> {
  const { withSecrets = false, withImages = false, replace = false } = options;
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isFile())
    throw usageFault(`Cannot back up to "${path}": it is there and is not a file`);
  if (found && !replace)
    throw usageFault(`Cannot back up to "${path}": it exists; say --replace, or another file`);
  const response = await client.download(`/backup?secrets=${withSecrets}&images=${withImages}`);
  const written = await writeWhole(response, path).catch((fault: unknown) => {
    throw new CliFault(EXIT.failed, `Cannot back up to "${path}": ${(fault as Error).message}`);
  });
  const view = { file: path, ...written, withSecrets, withImages };
  show(view, () => `Wrote ${path}: ${size(written.bytes)}, SHA-256 ${written.sha256}\n`);
  if (!withSecrets)
    io.err(
      "Without --with-secrets: passwords of BMCs cannot be read from it, and agents will have to boot again\n",
    );
}

/** The file appears under its name when every byte of it is on the disk. Nobody else may read it. */
async function writeWhole(
  response: IncomingMessage,
  path: string,
): Promise<{ bytes: number; sha256: string }> {
  const unfinished = `${path}.part-${process.pid}`;
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    await pipeline(
      response,
      async function* count(pieces: AsyncIterable<Buffer>) {
        for await (const piece of pieces) {
          hash.update(piece);
          bytes += piece.length;
          yield piece;
        }
      },
      createWriteStream(unfinished, { mode: 0o600, flush: true }),
    );
    await rename(unfinished, path);
    return { bytes, sha256: hash.digest("hex") };
  } catch (fault) {
    await rm(unfinished, { force: true });
    const isBroken = (fault as NodeJS.ErrnoException).code === "ECONNRESET";
    throw isBroken ? new Error(`after ${bytes} bytes the appliance broke off; its log says why`) : fault;
  }
}
