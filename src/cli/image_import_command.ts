import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { SingleBar } from "cli-progress";
import { type Command, Option } from "commander";
import type { DescriptionView, ImageView } from "#src/http/image_types.ts";
import type { CliIo } from "./cli_io.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { nameOfSource, openSource, unreadable } from "./image_source.ts";
import { size } from "./output.ts";

type ImportOptions = {
  readonly name?: string;
  readonly description?: string;
  readonly visibility?: string;
  readonly replace?: boolean;
  readonly allowUnbootable?: boolean;
  readonly kind?: string;
  readonly architecture?: string;
  readonly sha256?: string;
};

export function importCommand(image: Command, commands: Commands): void {
  const load = image
    .command("import")
    .argument(
      "<file>",
      'path or http(s) URL: tar of a root file system, disk (raw or qcow2) or container image (docker save, OCI), plain or packed; "-" reads standard input',
    )
    .option(
      "--name <name>",
      "[owner/]name[:version] of the image (default: the description's name, else the file's name up to .tar, .img, .raw, .qcow2; the next version)",
    )
    .option("--description <file>", "what is to be known of it, in YAML")
    .addOption(
      new Option(
        "--visibility <word>",
        "who may see and install it (default: public for an administrator, else private)",
      ).choices(["private", "shared", "public"]),
    )
    .option("--replace", "take the place of the named version, else of the newest")
    .option("--allow-unbootable", "accept what no machine could boot")
    .addOption(
      new Option("--kind <kind>", "what the file must be (default: its bytes decide)").choices([
        "archive",
        "disk",
      ]),
    )
    .option(
      "--architecture <name>",
      "for which machines it is (default: as found), and which part of a container image for several (default: amd64)",
    )
    .option("--sha256 <digest>", "refuse it when the file has another SHA-256");
  asking<ImportOptions>(load.description("import an image"), commands, importImage);
}

const QUERY = ["visibility", "replace", "allowUnbootable", "kind", "architecture", "sha256"] as const;

async function importImage(context: Context<ImportOptions>, path = ""): Promise<undefined> {
  const { client, io, options, show } = context;
  const described = await sendDescription(context);
  const { source, sizeBytes } = await openSource(path, io);
  const name = options.name ?? described?.name ?? nameOfSource(path);
  const query = new URLSearchParams();
  for (const option of QUERY) if (options[option] !== undefined) query.set(option, String(options[option]));
  if (described) query.set("description", described.id);
  const progress = showProgress(io, name, sizeBytes);
  try {
    const watched = source.pipe(new PassThrough().on("data", (part: Buffer) => progress.add(part.length)));
    source.once("error", (fault) => watched.destroy(unreadable(path, fault)));
    const view = await client.upload<ImageView>(`/images/${segment(name)}?${query}`, watched);
    progress.end();
    show(
      view,
      () =>
        `Imported ${view.label}: ${size(view.rawBytes)} in ${view.chunkCount} chunks, ${size(view.storedBytes)} stored\n`,
    );
  } finally {
    progress.end();
    source.destroy();
  }
}

/** Before the upload, so that a mistake in it does not cost one. */
async function sendDescription({
  client,
  options,
}: Context<ImportOptions>): Promise<DescriptionView | undefined> {
  const path = options.description;
  if (path === undefined) return undefined;
  const yaml = await readFile(path, "utf8").catch((fault: unknown) => {
    throw unreadable(path, fault);
  });
  return await client.send<DescriptionView>("POST", "/image-descriptions", { yaml });
}

type Progress = { readonly add: (bytes: number) => void; readonly end: () => void };

function showProgress(io: CliIo, name: string, sizeBytes: number): Progress {
  if (!io.terminal || sizeBytes === 0) return { add: () => {}, end: () => {} };
  const format = `Importing ${name} [{bar}] {percentage} %, {eta_formatted} left`;
  const bar = new SingleBar({ format, stream: io.terminal, hideCursor: true, clearOnComplete: true });
  bar.start(sizeBytes, 0);
  return { add: (bytes) => bar.increment(bytes), end: () => bar.stop() };
}
