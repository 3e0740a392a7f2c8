import type { Command } from "commander";
import type { DeploymentSummary, DeploymentView } from "#src/http/deployment_types.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, segment } from "./command_context.ts";
import { deploymentActions } from "./deployment_actions.ts";
import { summary, type Watched } from "./deployment_report.ts";
import { planTable, wayTable } from "./deployment_ways.ts";
import { followDeployment } from "./follow_deployment.ts";
import { type ListOptions, withLists } from "./node_lists.ts";
import { duration, fields, size, table, time } from "./output.ts";

export function deploymentCommands(program: Command, commands: Commands): void {
  const deployment = program.command("deployment").description("installations, running and past");

  const list = deployment.command("list").description("list deployments, the newest first");
  list.option("--limit <n>", "so many", "100");
  asking<{ limit?: string }>(list, commands, async ({ client, show, options: { limit = "100" } }) => {
    if (!/^[1-9]\d{0,6}$/.test(limit)) throw usageFault(`Cannot use --limit ${limit}: wants a number from 1`);
    const all = await client.list<DeploymentSummary>("/deployments", Number(limit));
    show(all, () =>
      table(
        ["ID", "IMAGE", "STARTED", "TOOK", "OK", "KO", "ON THEIR WAY"],
        all.map((one) => [
          one.id,
          one.image,
          time(one.createdAtMs),
          one.endedAtMs === undefined ? "-" : duration(one.endedAtMs - one.createdAtMs),
          one.ok || "-",
          one.ko || "-",
          one.running || "-",
        ]),
      ),
    );
  });

  const show = deployment.command("show").argument("<id>").description("show one deployment, node by node");
  asking(show, commands, async ({ client, show }, id) => {
    const view = await client.get<DeploymentView>(`/deployments/${segment(id)}`);
    show(view, () => describe(view));
  });

  const wait = withLists(deployment.command("wait").argument("<id>"));
  asking<ListOptions>(
    wait.description("follow a deployment until it has ended"),
    commands,
    async ({ client, io, options }, id = "") =>
      followDeployment({ client, io, id, asJson: options.json === true, lists: options }),
  );

  deploymentActions(deployment, commands);

  const cancel = deployment
    .command("cancel")
    .argument("<id>")
    .description("end a deployment; its nodes stay as they are");
  asking(cancel, commands, async ({ client, show }, id) => {
    const view = await client.send<DeploymentView>("DELETE", `/deployments/${segment(id)}`);
    show(view, () => `Cancelled ${view.id}\n${summary(watchedOf(view))}`);
  });
}

const watchedOf = ({ progress, ...deployment }: DeploymentView): Watched => ({
  deployment,
  nodes: new Map(progress.map((node) => [node.node, node])),
});

/** Of those that are told more than all. */
function successText({ success, needed, succeeded }: DeploymentView): string | undefined {
  const rule = success === "all" ? "all" : `${success}, ${needed} nodes`;
  if (succeeded === undefined) return success === "all" ? undefined : `wants ${rule}`;
  return `${succeeded ? "yes" : "no"} (${rule})`;
}

function describe(view: DeploymentView): string {
  const { endedAtMs, createdAtMs } = view;
  const head = fields([
    ["id", view.id],
    ["image", `${view.image} (${view.imageDigest.slice(0, 12)}, ${size(view.imageRawBytes)})`],
    ["disk", view.disk],
    ["disk rule", view.diskRule],
    ["layout", view.layout],
    ["partition", view.partition],
    ["started", time(createdAtMs)],
    [
      "ended",
      endedAtMs === undefined ? undefined : `${time(endedAtMs)}, after ${duration(endedAtMs - createdAtMs)}`,
    ],
    ["retry of", view.retryOf],
    ["success", successText(view)],
    ["sent by the appliance", size(view.sourceSentBytes)],
  ]);
  return [head, planTable(view.plans), wayTable(view.progress), summary(watchedOf(view))].join("\n");
}
