import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { LayoutCreate, LayoutView } from "#src/http/layout_types.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { fields, table } from "./output.ts";

type AddOptions = { readonly file: string };

export function layoutCommands(program: Command, commands: Commands): void {
  const layout = program.command("layout").description("how disks are divided");

  asking(layout.command("list").description("list layouts"), commands, async ({ client, show }) => {
    const layouts = await client.get<readonly LayoutView[]>("/layouts");
    show(layouts, () =>
      table(
        ["LAYOUT", "TABLE", "DISKS", "FROM", "DESCRIPTION"],
        layouts.map((view) => [
          view.name,
          view.table,
          String(view.disks),
          view.bundled ? "program" : "admin",
          view.description || "-",
        ]),
      ),
    );
  });

  const show = layout.command("show").argument("<layout>").description("show one layout and its file");
  asking(show, commands, async ({ client, show }, name) => {
    const view = await client.get<LayoutView>(`/layouts/${segment(name)}`);
    show(view, () => describe(view));
  });

  const add = layout
    .command("add")
    .argument("<name>")
    .description("take a layout from a file")
    .requiredOption("--file <file>", "layout in YAML");
  asking<AddOptions>(add, commands, addLayout);

  const remove = layout.command("remove").argument("<layout>").description("remove a layout of yours");
  asking(remove, commands, async ({ client, show }, name = "") => {
    await client.send("DELETE", `/layouts/${segment(name)}`);
    show({ removed: name }, () => `Removed ${name}\n`);
  });
}

async function addLayout({ client, options, show }: Context<AddOptions>, name = ""): Promise<undefined> {
  const text = await readFile(options.file, "utf8").catch((fault: NodeJS.ErrnoException) => {
    const why = fault.code === "ENOENT" ? "no such file" : fault.message;
    throw usageFault(`Cannot read the layout file "${options.file}": ${why}`);
  });
  const body: LayoutCreate = { name, text };
  const view = await client.send<LayoutView>("POST", "/layouts", body);
  show(view, () => `Added ${view.name}\n`);
}

const describe = (view: LayoutView): string =>
  `${fields([
    ["name", view.name],
    ["description", view.description || undefined],
    ["table", view.table],
    ["disks", String(view.disks)],
    ...view.parts.map((part, index): [string, string] => [index === 0 ? "parts" : "", part]),
  ])}\n${view.text}`;
