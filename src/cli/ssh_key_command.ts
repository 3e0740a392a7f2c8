import type { Command } from "commander";
import type { SshKeyView } from "#src/http/workflow_types.ts";
import { asking, type Commands } from "./command_context.ts";

/** The key to add to systems that Brigade did not install, so that it can start the ramdisk out of them. */
export function sshKeyCommand(program: Command, commands: Commands): void {
  const command = program
    .command("ssh-key")
    .description("print the public key by which the appliance gets into running systems");
  asking(command, commands, async ({ client, show }) => {
    const view = await client.get<SshKeyView>("/ssh-key");
    show(view, () => `${view.publicKey}\n`);
  });
}
