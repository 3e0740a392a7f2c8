/** What can be asked of a deployment that is there. */
import type { Command } from "commander";
import type { ContinueView, DeploymentContinue, DeploymentView } from "#src/http/deployment_types.ts";
import { asking, type Commands, segment } from "./command_context.ts";
import { type ConsentOptions, sendConfirmed, withConsent } from "./confirmation.ts";
import { checkNodeSet } from "./node_names.ts";

export function deploymentActions(deployment: Command, commands: Commands): void {
  const goOn = deployment.command("continue").argument("<id>");
  asking<{ readonly nodes?: string }>(
    goOn
      .description("let nodes that stand before a breakpoint go on")
      .option("--nodes <nodes>", "only these (default: all that stand)"),
    commands,
    async ({ client, options: { nodes }, show }, id) => {
      if (nodes !== undefined) checkNodeSet(nodes);
      const body: DeploymentContinue = nodes === undefined ? {} : { nodes };
      const view = await client.send<ContinueView>("POST", `/deployments/${segment(id)}/continue`, body);
      show(view, () => `${view.continued} of ${view.deployment} go on\n`);
    },
  );

  const add = deployment.command("add").argument("<id>");
  asking<ConsentOptions & { readonly nodes: string }>(
    withConsent(add.description("take late nodes into a running deployment")).requiredOption(
      "--nodes <nodes>",
      "node set",
    ),
    commands,
    async (context, id) => {
      const { nodes } = context.options;
      checkNodeSet(nodes);
      const view = await sendConfirmed<DeploymentView>(context, `/deployments/${segment(id)}/nodes`, {
        nodes,
      });
      context.show(view, () => `Added ${nodes} to ${view.id}\n`);
    },
  );

  const retry = withConsent(deployment.command("retry").argument("<id>"));
  asking<ConsentOptions>(
    retry.description("start a deployment that has ended again, for its KO set"),
    commands,
    async (context, id) => {
      const view = await sendConfirmed<DeploymentView>(context, `/deployments/${segment(id)}/retry`, {});
      context.show(
        view,
        () => `Started ${view.id} on ${view.nodes}; follow it with "brigade deployment wait ${view.id}"\n`,
      );
    },
  );
}
