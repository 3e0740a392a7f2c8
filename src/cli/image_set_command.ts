import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { parse } from "yaml";
import type { ImageChange, ImageView } from "#src/http/image_types.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { describeImage } from "./image_report.ts";
import { unreadable } from "./image_source.ts";

/** Options whose values go to the appliance as they are. */
const FIELDS = [
  ["visibility", "<word>", "private, shared or public"],
  ["architecture", "<name>", "amd64 or arm64"],
  ["description", "<text>", "what it is for"],
  ["author", "<name>", "who made it"],
  ["destructive", "<word>", "true: nodes with it are not to be given back unchanged"],
  ["kernel", "<path>", "the kernel in it that is started"],
  ["initramfs", "<path>", "the initramfs in it that is used"],
  ["kernelArguments", "<arguments>", "what its kernel is told, with spaces between"],
  ["bootLoader", "<policy>", "image-grub, systemd-boot, kexec-only, network-kernel or none"],
  ["layout", "<name>", "how disks are divided for it"],
  ["seed", "<kind>", "cloud-init, ignition or none"],
  ["minimumDisk", "<size>", "disk that a node must have"],
  ["minimumMemory", "<size>", "memory that a node must have"],
] as const;

type SetOptions = {
  readonly [Field in (typeof FIELDS)[number][0]]?: string;
} & { readonly from?: string; readonly unset?: readonly string[] };

export function setCommand(image: Command, commands: Commands): void {
  const set = image
    .command("set")
    .description("change what is said of an image; its content stays")
    .argument("<image>", "[owner/]name[:version]; without a version the newest");
  for (const [name, placeholder, doc] of FIELDS) set.option(`--${dashed(name)} ${placeholder}`, doc);
  set
    .option(
      "--from <file>",
      "all fields that this description in YAML has, for example probe and postInstall",
    )
    .option("--unset <fields...>", "forget what was said of these: the default holds again");
  asking<SetOptions>(set, commands, setImage);
}

const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const camel = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

async function setImage({ client, options, show }: Context<SetOptions>, name = ""): Promise<undefined> {
  const change: Record<string, unknown> = await readChange(options.from);
  for (const [field] of FIELDS) if (options[field] !== undefined) change[field] = options[field];
  for (const field of options.unset ?? []) change[camel(field)] = null;
  if (Object.keys(change).length === 0)
    throw usageFault(
      "Cannot tell what to change: say it with one of the options of brigade image set --help",
    );
  const view = await client.send<ImageView>(
    "PATCH",
    `/images/${segment(name)}`,
    change satisfies ImageChange,
  );
  show(view, () => describeImage(view));
}

async function readChange(path: string | undefined): Promise<Record<string, unknown>> {
  if (path === undefined) return {};
  const text = await readFile(path, "utf8").catch((fault: unknown) => {
    throw unreadable(path, fault);
  });
  try {
    const {
      name: _name,
      version: _version,
      ...change
    } = (parse(text, { maxAliasCount: 0 }) ?? {}) as ImageChange & {
      readonly name?: unknown;
      readonly version?: unknown;
    };
    return { ...change };
  } catch (fault) {
    throw usageFault(`Cannot read "${path}": ${(fault as Error).message.split("\n")[0]}`);
  }
}
