import { PassThrough } from "node:stream";
import { SingleBar } from "cli-progress";
import { type Command, Option } from "commander";
import type { ImageView } from "#src/http/api_types.ts";
import type { CliIo } from "./cli_io.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { exportCommand } from "./image_export_command.ts";
import { nameOfSource, openSource, unreadable } from "./image_source.ts";
import { verifyCommand } from "./image_verify_command.ts";
import { fields, size, table, time } from "./output.ts";

type ImportOptions = {
  readonly name?: string;
  readonly replace?: boolean;
  readonly allowUnbootable?: boolean;
  readonly kind?: string;
  readonly architecture?: string;
};

export function imageCommands(program: Command, commands: Commands): void {
  const image = program.command("image").description("the systems that can be installed");

  asking(image.command("list").description("list images"), commands, async ({ client, show }) => {
    const images = await client.list<ImageView>("/images");
    show(images, () =>
      table(
        ["IMAGE", "KIND", "SYSTEM", "SIZE", "STORED", "OWN", "IMPORTED", "DIGEST"],
        images.map((view) => [
          view.name,
          view.kind,
          view.osName ?? view.layout ?? "-",
          size(view.rawBytes),
          size(view.storedBytes),
          ownSize(view),
          time(view.createdAtMs),
          view.digest.slice(0, 12),
        ]),
      ),
    );
  });

  const show = image.command("show").argument("<image>");
  asking(show.description("show one image"), commands, async ({ client, show }, name) => {
    const view = await client.get<ImageView>(`/images/${segment(name)}`);
    show(view, () => describe(view));
  });

  importCommand(image, commands);

  verifyCommand(image, commands);
  exportCommand(image, commands);

  const remove = image.command("remove").argument("<image>");
  asking(remove.description("remove an image"), commands, async ({ client, show }, name) => {
    await client.send("DELETE", `/images/${segment(name)}`);
    show({ removed: name }, () => `Removed ${name}\n`);
  });
}

function importCommand(image: Command, commands: Commands): void {
  const load = image
    .command("import")
    .argument(
      "<file>",
      'path or http(s) URL: tar of a root file system, disk (raw or qcow2) or container image (docker save, OCI), plain or packed; "-" reads standard input',
    )
    .option("--name <name>", "name of the image (default: the file's name up to .tar, .img, .raw, .qcow2)")
    .option("--replace", "take the place of an image of that name")
    .option("--allow-unbootable", "accept an archive without kernel or init, a disk without boot sector")
    .addOption(
      new Option("--kind <kind>", "what the file must be (default: its bytes decide)").choices([
        "archive",
        "disk",
      ]),
    )
    .option("--architecture <name>", "which part of a container image for several (default: amd64)");
  asking<ImportOptions>(load.description("import an image"), commands, importImage);
}

async function importImage(
  { client, io, options, show }: Context<ImportOptions>,
  path = "",
): Promise<undefined> {
  const { source, sizeBytes } = await openSource(path, io);
  const name = options.name ?? nameOfSource(path);
  const flags = new URLSearchParams();
  if (options.replace) flags.set("replace", "true");
  if (options.allowUnbootable) flags.set("allowUnbootable", "true");
  if (options.kind) flags.set("kind", options.kind);
  if (options.architecture) flags.set("architecture", options.architecture);
  const progress = showProgress(io, name, sizeBytes);
  try {
    const watched = source.pipe(new PassThrough().on("data", (part: Buffer) => progress.add(part.length)));
    source.once("error", (fault) => watched.destroy(unreadable(path, fault)));
    const view = await client.upload<ImageView>(`/images/${segment(name)}?${flags}`, watched);
    progress.end();
    show(
      view,
      () =>
        `Imported ${view.name}: ${size(view.rawBytes)} in ${view.chunkCount} chunks, ${size(view.storedBytes)} stored\n`,
    );
  } finally {
    progress.end();
    source.destroy();
  }
}

type Progress = { readonly add: (bytes: number) => void; readonly end: () => void };

function showProgress(io: CliIo, name: string, sizeBytes: number): Progress {
  if (!io.terminal || sizeBytes === 0) return { add: () => {}, end: () => {} };
  const format = `Importing ${name} [{bar}] {percentage} %, {eta_formatted} left`;
  const bar = new SingleBar({ format, stream: io.terminal, hideCursor: true, clearOnComplete: true });
  bar.start(sizeBytes, 0);
  return { add: (bytes) => bar.increment(bytes), end: () => bar.stop() };
}

/** What removing it frees. */
const ownSize = ({ ownBytes }: ImageView): string => (ownBytes === undefined ? "-" : size(ownBytes));

function describe(view: ImageView): string {
  return fields([
    ["name", view.name],
    ["digest", view.digest],
    ["kind", view.kind],
    ["system", [view.osName, view.osVersion].filter(Boolean).join(" ")],
    ["kernel", view.kernel],
    ["initramfs", view.initramfs],
    ["layout", view.layout],
    ["size", view.kind === "disk" ? size(view.rawBytes) : archiveSize(view)],
    ["stored", `${size(view.storedBytes)} in ${view.chunkCount} chunks, ${ownSize(view)} for itself`],
    ["imported", time(view.createdAtMs)],
    ["used by", view.usedBy.join(", ")],
  ]);
}

const archiveSize = (view: ImageView): string =>
  `${size(view.rawBytes)}, ${view.entryCount} files, ${size(view.installedBytes)} on disk`;
