import type { Command } from "commander";
import type { StatusView } from "#src/http/api_types.ts";
import type { EventMessage } from "#src/http/event_types.ts";
import { inertLine } from "#src/value/inert_line.ts";
import { asking, type Commands } from "./command_context.ts";
import { duration, fields, time } from "./output.ts";

export function statusCommands(program: Command, commands: Commands): void {
  asking(
    program.command("status").description("show how the appliance is"),
    commands,
    async ({ client, show }) => {
      const status = await client.get<StatusView>("/status");
      show(status, () =>
        fields([
          ["version", status.version],
          ["up", duration(status.uptimeSec * 1000)],
          ["interface", `${status.interface} (${status.address})`],
          [
            "nodes",
            `${status.nodes}, ${status.discovered} of them discovered, ${status.agents} with an agent`,
          ],
          ["images", String(status.images)],
          ["deployments", `${status.runningDeployments} running`],
        ]),
      );
    },
  );

  const events = program.command("events").description("print what happens, as it happens, until Ctrl-C");
  asking(events, commands, async ({ client, io, options }) => {
    const stopped = new AbortController();
    const restore = io.onInterrupt(() => stopped.abort());
    try {
      for await (const { event, data } of client.stream("/events", stopped.signal)) {
        if (options.json) io.out(`${inertLine(data)}\n`);
        else io.out(`${lineOf(event, data)}\n`);
      }
    } catch (fault) {
      if (!stopped.signal.aborted) throw fault;
    } finally {
      restore();
    }
  });
}

function lineOf(event: string, data: string): string {
  if (event === "missed") return "… some events are missing here";
  const { atMs, sentence } = JSON.parse(data) as EventMessage;
  return `${time(atMs)} ${inertLine(sentence)}`;
}
