import { type Command, Option } from "commander";
import type { DescriptionText, ImageView } from "#src/http/image_types.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { exportCommand } from "./image_export_command.ts";
import { importCommand } from "./image_import_command.ts";
import { describeImage, imageTable } from "./image_report.ts";
import { setCommand } from "./image_set_command.ts";
import { verifyCommand } from "./image_verify_command.ts";

type ListOptions = { readonly allVersions?: boolean; readonly owner?: string };
type ShowOptions = { readonly yaml?: boolean };
type RemoveOptions = { readonly allVersions?: boolean };

const NAME = "[owner/]name[:version]; without a version the newest";

export function imageCommands(program: Command, commands: Commands): void {
  const image = program.command("image").description("the systems that can be installed");

  const list = image
    .command("list")
    .description("list images, of each the newest version")
    .option("--all-versions", "older versions too")
    .option("--owner <user>", "only those of this user");
  asking<ListOptions>(list, commands, listImages);

  const show = image
    .command("show")
    .description("show one image")
    .argument("<image>", NAME)
    .addOption(new Option("--yaml", "print its description, as an import takes it").conflicts("json"));
  asking<ShowOptions>(show, commands, showImage);

  importCommand(image, commands);
  setCommand(image, commands);
  verifyCommand(image, commands);
  exportCommand(image, commands);

  const remove = image
    .command("remove")
    .description("remove an image")
    .argument("<image>", "[owner/]name[:version]; of several versions one must be named")
    .option("--all-versions", "all that there are");
  asking<RemoveOptions>(remove, commands, async ({ client, options, show: said }, name) => {
    const query = options.allVersions ? "?allVersions=true" : "";
    await client.send("DELETE", `/images/${segment(name)}${query}`);
    said({ removed: name }, () => `Removed ${name}\n`);
  });
}

async function listImages({ client, options, show }: Context<ListOptions>): Promise<undefined> {
  const query = new URLSearchParams();
  if (options.allVersions) query.set("allVersions", "true");
  if (options.owner !== undefined) query.set("owner", options.owner);
  const images = await client.list<ImageView>(`/images?${query}`);
  show(images, () => imageTable(images));
}

async function showImage({ client, io, options, show }: Context<ShowOptions>, name = ""): Promise<undefined> {
  const path = `/images/${segment(name)}`;
  if (options.yaml) {
    io.out((await client.get<DescriptionText>(`${path}/description`)).yaml);
    return;
  }
  const view = await client.get<ImageView>(path);
  show(view, () => describeImage(view));
}
