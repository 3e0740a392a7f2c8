import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { NewWebhookView, WebhookCreate, WebhookTestView, WebhookView } from "#src/http/webhook_types.ts";
import { CliFault, EXIT, usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { table } from "./output.ts";

type AddOptions = {
  readonly event?: readonly string[];
  readonly secretFile?: string;
  readonly allowLocal?: boolean;
};

export function webhookCommands(program: Command, commands: Commands): void {
  const webhook = program.command("webhook").description("events to other machines, as they happen");

  const add = webhook
    .command("add")
    .argument("<url>")
    .description("send events to a URL; prints the secret that they are signed with")
    .option(
      "--event <kind>",
      'such as nodeFailed or "deployment*"; repeat for more; all without it',
      (kind: string, before: readonly string[] = []) => [...before, kind],
    )
    .option("--secret-file <file>", "file with the secret to sign with; one is made without it")
    .option("--allow-local", "it may be the appliance itself, or a link-local address");
  asking<AddOptions>(add, commands, addWebhook);

  const list = webhook.command("list").description("list webhooks, and how they do");
  asking(list, commands, async ({ client, show }) => {
    const webhooks = await client.get<readonly WebhookView[]>("/webhooks");
    show(webhooks, () =>
      table(
        ["WEBHOOK", "URL", "EVENTS", "WAITING", "STATE"],
        webhooks.map(({ id, url, kinds, waiting, failing }) => [
          ...[id, url, kinds.join(","), String(waiting), failing ?? "delivers"],
        ]),
      ),
    );
  });

  const remove = webhook.command("remove").argument("<webhook>").description("send nothing there any more");
  asking(remove, commands, async ({ client, show }, id = "") => {
    await client.send("DELETE", `/webhooks/${segment(id)}`);
    show({ removed: id }, () => `Removed ${id}\n`);
  });

  const test = webhook
    .command("test")
    .argument("<webhook>")
    .description("send one event that says it is a test");
  asking(test, commands, async ({ client, io, show }, id = "") => {
    const result = await client.send<WebhookTestView>("POST", `/webhooks/${segment(id)}/test`);
    show(result, () => (result.ok ? `Delivered: the receiver answered ${result.status}\n` : ""));
    if (result.ok) return EXIT.ok;
    io.err(`Not delivered: ${result.problem}\n`);
    return EXIT.failed;
  });
}

async function addWebhook({ client, io, options, show }: Context<AddOptions>, url = ""): Promise<undefined> {
  const { event = ["*"], secretFile, allowLocal = false } = options;
  const wrong = event.find((kind) => !/^[A-Za-z*]{1,64}$/.test(kind));
  if (wrong !== undefined)
    throw usageFault(`Cannot use --event ${wrong}: wants letters and *, like nodeFailed`);
  const secret = secretFile === undefined ? {} : { secret: readSecret(secretFile) };
  const body: WebhookCreate = { url, kinds: [...event], allowLocal, ...secret };
  const made = await client.send<NewWebhookView>("POST", "/webhooks", body);
  if (!options.json) io.err(`Webhook ${made.id} signs with this secret; it is not shown again:\n`);
  show(made, () => `${made.secret}\n`);
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (fault) {
    throw new CliFault(EXIT.usage, `Cannot read the secret "${path}": ${(fault as Error).message}`);
  }
}
