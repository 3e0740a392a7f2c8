import { PassThrough, type Readable } from "node:stream";
import { Type } from "@fastify/type-provider-typebox";
import { ADMIN_OWNER } from "#src/images/catalogue.ts";
import type { ImageDescription } from "#src/images/description.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { limitIdle } from "./idle_limit.ts";
import { newReference, viewerOf } from "./image_lookup.ts";
import { ImageParams, ImageView, ImportOptions, ImportView } from "./image_types.ts";
import { liveImageView } from "./image_view.ts";
import { checkWork, importImage } from "./import_work.ts";
import { ApiProblem } from "./problem.ts";
import { RunningImports } from "./running_imports.ts";

/** An upload that sends nothing for this long is given up. */
const UPLOAD_IDLE_MS = 60_000;
const READ_AHEAD_BYTES = 1024 * 1024;

export function importRoutes(api: Api, services: ApiServices): void {
  const imports = new RunningImports();

  api.get("/imports", { schema: { response: { 200: Type.Array(ImportView) } } }, async () => [
    ...imports.all(),
  ]);

  api.get(
    "/imports/:name",
    { schema: { params: ImageParams, response: { 200: ImportView } } },
    async ({ params: { name } }) => {
      const running = imports.byName(name);
      if (!running) throw new ApiProblem(404, "unknown", `No import of "${name}" is running`);
      return running;
    },
  );

  api.put(
    "/images/:name",
    { schema: { params: ImageParams, querystring: ImportOptions, response: { 201: ImageView } } },
    async (request, reply) => {
      const { params, query: options, body, raw } = request;
      const viewer = viewerOf(request);
      const reference = newReference(params.name, viewer);
      const description = takeDescription(services, options);
      checkWork(services, { reference, options, description }, viewer);
      using running = imports.begin(importName(reference), services.nowMs());
      limitIdle(raw, UPLOAD_IDLE_MS);
      // Some sources are read only when they are here whole, and nothing moves then.
      raw.once("end", () => limitIdle(raw, 0));
      // The body never came whole: the connection broke, and nobody waits for an answer.
      const gone = new AbortController();
      raw.once("close", () => raw.complete || gone.abort());
      const source = shielded(body as Readable);
      try {
        const work = { reference, options, description, source, signal: gone.signal };
        const image = await importImage(services, work, { viewer, running });
        return reply.code(201).send(await liveImageView(services, image));
      } finally {
        source.destroy();
      }
    },
  );
}

/** As the list of running imports calls it. */
const importName = ({ owner, name }: { readonly owner: string; readonly name: string }): string =>
  owner === ADMIN_OWNER ? name : `${owner}/${name}`;

function takeDescription(
  { descriptions }: ApiServices,
  { description: id }: ImportOptions,
): ImageDescription {
  if (id === undefined) return {};
  const description = descriptions.take(id);
  if (description) return description;
  throw new ApiProblem(
    404,
    "unknown",
    "Cannot import the image: its description was used before, or came too long ago",
  );
}

/**
 * The body for an import that may turn away in the midst of it. Destroying the
 * request itself would cut the connection, and the client would never read
 * why; what comes after a refusal is read and forgotten instead.
 */
function shielded(body: Readable): Readable {
  const inner = new PassThrough({ highWaterMark: READ_AHEAD_BYTES });
  body.once("error", (fault) => inner.destroy(fault));
  inner.once("close", () => {
    body.unpipe(inner);
    body.resume();
  });
  return body.pipe(inner);
}
