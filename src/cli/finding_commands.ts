import type { Command } from "commander";
import type { FindingView } from "#src/http/finding_types.ts";
import type { NodesAccept } from "#src/http/identity_types.ts";
import { EXIT, type ExitCode } from "./cli_fault.ts";
import { asking, type Commands, type Context } from "./command_context.ts";
import { findingFields } from "./node_identity.ts";
import { type DryRun, dryRunOf, settle, withDryRun } from "./node_identity_commands.ts";
import { checkNodeSet } from "./node_names.ts";
import { fields, time } from "./output.ts";

/** What does not fit together about who is who, and the word that it is right so. */
export function findingCommands(node: Command, commands: Commands): void {
  const accept = withDryRun(node.command("accept").argument("<nodes>", "node set"));
  asking<DryRun>(
    accept.description("nodes are as they should be: where they are, and what was found about them"),
    commands,
    async (context, nodes = "") => {
      checkNodeSet(nodes);
      const body: NodesAccept = { nodes, ...dryRunOf(context) };
      await settle(context, "/nodes/accept", body);
    },
  );

  const conflicts = node.command("conflicts").argument("[nodes]", "node set; all when left out");
  asking(
    conflicts.description("what does not fit together about who is who, and what settles it"),
    commands,
    showConflicts,
  );
}

async function showConflicts({ client, show }: Context<object>, nodes?: string): Promise<ExitCode> {
  if (nodes !== undefined) checkNodeSet(nodes);
  const query = nodes === undefined ? "" : `?nodes=${encodeURIComponent(nodes)}`;
  const found = await client.get<readonly FindingView[]>(`/identity/findings${query}`);
  show(found, () => (found.length === 0 ? "Everything fits together\n" : found.map(conflictText).join("\n")));
  return found.length === 0 ? EXIT.ok : EXIT.failed;
}

const conflictText = (found: FindingView): string =>
  fields([
    ...findingFields(found),
    ["since", found.sinceMs === undefined ? undefined : `${time(found.sinceMs)} UTC`],
  ]);
