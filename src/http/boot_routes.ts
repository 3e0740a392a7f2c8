import { Type } from "@fastify/type-provider-typebox";
import { delaysOf, stallOf } from "#src/boot/stall.ts";
import type { Boot, BootEntry } from "#src/boot/timeline.ts";
import { parseMac } from "#src/value/mac.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { BootsView, type BootView } from "./boot_types.ts";
import { knownNode } from "./node_routes.ts";

const Params = Type.Object({ name: Type.String({ maxLength: 63 }) });

/** How machines booted: by the name of a node, or by a MAC, for a machine that is none yet. */
export function bootRoutes(api: Api, services: ApiServices): void {
  const { nodes, timelines, nowMs } = services;

  api.get(
    "/nodes/:name/boots",
    { schema: { params: Params, response: { 200: BootsView } } },
    async ({ params: { name } }) => {
      const mac = nodes.byName(name) ? undefined : parseMac(name);
      const node = mac ? nodes.byMac(mac) : knownNode(services, name);
      const macs = node ? [...node.macs] : mac ? [mac] : [];
      const boots = timelines.of(macs).map((boot) => bootView(boot, nowMs()));
      return node ? { node: node.name, macs, boots } : { macs, boots };
    },
  );
}

function bootView(boot: Boot, nowMs: number): BootView {
  const { startedAtMs, endedAtMs, leftOut } = boot;
  const stall = stallOf(boot, nowMs);
  return {
    startedAtMs,
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    entries: boot.entries.map(entryView),
    leftOut,
    delays: [...delaysOf(boot)],
    ...(stall ? { stall } : {}),
  };
}

function entryView({ kind, atMs, words, times, lastAtMs, tookMs }: BootEntry): BootView["entries"][number] {
  const view = { kind, atMs, words, times, lastAtMs };
  return tookMs === undefined ? view : { ...view, tookMs };
}
