import { Type } from "@fastify/type-provider-typebox";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { limitIdle } from "./idle_limit.ts";
import { ApiProblem } from "./problem.ts";

/** A client that takes nothing for this long is given up. */
const BACKUP_IDLE_MS = 60_000;
const Switch = Type.Optional(Type.Union([Type.Literal("true"), Type.Literal("false")]));

/**
 * `GET /backup`: the state of the appliance as a tar, made while it works. What cannot be read is found while it is
 * sent: the connection breaks off then, and what came is no backup.
 */
export function backupRoutes(api: Api, { backup, record }: ApiServices): void {
  let isRunning = false;
  api.get(
    "/backup",
    {
      schema: {
        querystring: Type.Object({ secrets: Switch, images: Switch }, { additionalProperties: false }),
      },
      exposeHeadRoute: false,
    },
    async ({ query, raw }, reply) => {
      // Each needs as much room as the database has.
      if (isRunning)
        throw new ApiProblem(409, "backupRunning", "Cannot back up: another backup is being made");
      isRunning = true;
      const free = (): void => {
        isRunning = false;
      };
      const choice = { secrets: query.secrets === "true", images: query.images === "true" };
      const stream = await backup(choice).catch((fault: unknown) => {
        free();
        throw fault;
      });
      // The end is before the close, and a client may ask for the next one in between.
      for (const over of ["end", "close"]) stream.once(over, free);
      record({ kind: "backupTaken", ...choice });
      limitIdle(raw, BACKUP_IDLE_MS);
      return reply.header("content-type", "application/x-tar").send(stream);
    },
  );
}
