import type { Command } from "commander";
import type { ImageView } from "#src/http/image_types.ts";
import type { VerifyView } from "#src/http/verify_types.ts";
import { EXIT, type ExitCode, usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";

type VerifyOptions = { readonly all?: boolean };

export function verifyCommand(image: Command, commands: Commands): void {
  const verify = image
    .command("verify")
    .description("read every chunk of images and check it")
    .argument("[image...]")
    .option("--all", "every image there is");
  asking<VerifyOptions>(verify, commands, verifyImages);
}

async function verifyImages(
  { client, options, show }: Context<VerifyOptions>,
  ...given: string[]
): Promise<ExitCode> {
  if (given.length > 0 === (options.all ?? false))
    throw usageFault("Cannot tell what to verify: name images, or say --all");
  const names = options.all
    ? (await client.list<ImageView>("/images?allVersions=true")).map(({ label }) => label)
    : given;
  const results: VerifyView[] = [];
  for (const name of names)
    results.push(await client.sendPatiently<VerifyView>("POST", `/images/${segment(name)}/verify`));
  show(results, () => results.flatMap(linesOf).join(""));
  return results.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

const linesOf = ({ name, ok, problems }: VerifyView): readonly string[] =>
  ok ? [`${name} is whole\n`] : problems.map((problem) => `${problem}\n`);
