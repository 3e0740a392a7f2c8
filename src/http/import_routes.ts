import { PassThrough, type Readable } from "node:stream";
import { Type } from "@fastify/type-provider-typebox";
import { type Image, type ImageKind, isImageName } from "#src/images/catalogue.ts";
import { describeImportProblem, type ImportProblem } from "#src/images/import_problem.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { ImageView, ImportView } from "./api_types.ts";
import { limitIdle } from "./idle_limit.ts";
import { usersOf } from "./image_routes.ts";
import { ownerOf, requireOwn } from "./ownership.ts";
import { ApiProblem } from "./problem.ts";
import { imageView } from "./views.ts";

const Params = Type.Object({ name: Type.String({ maxLength: 63 }) });
const Flag = Type.Optional(Type.Boolean());
const Kind = Type.Optional(Type.Union([Type.Literal("archive"), Type.Literal("disk")]));
const Architecture = Type.Optional(Type.String({ pattern: "^[a-z0-9_]{1,32}$" }));
const Options = Type.Object(
  { replace: Flag, allowUnbootable: Flag, kind: Kind, architecture: Architecture },
  { additionalProperties: false },
);
/** An upload that sends nothing for this long is given up. */
const UPLOAD_IDLE_MS = 60_000;
const READ_AHEAD_BYTES = 1024 * 1024;
/** Each import compresses on every core; more at once only share them. */
const MAX_IMPORTS = 4;

export function importRoutes(api: Api, services: ApiServices): void {
  const imports = new Map<string, ImportView>();

  api.get("/imports", { schema: { response: { 200: Type.Array(ImportView) } } }, async () => [
    ...imports.values(),
  ]);

  api.get(
    "/imports/:name",
    { schema: { params: Params, response: { 200: ImportView } } },
    async ({ params: { name } }) => {
      const running = imports.get(name);
      if (!running) throw new ApiProblem(404, "unknown", `No import of "${name}" is running`);
      return running;
    },
  );

  api.put(
    "/images/:name",
    { schema: { params: Params, querystring: Options, response: { 201: ImageView } } },
    async ({ params: { name }, query, body, raw, principal }, reply) => {
      const before = query.replace === true ? services.images.byName(name) : undefined;
      if (before) requireOwn(principal, ownerOf(before), `replace image "${name}"`);
      const end = begin(imports, name, services.nowMs());
      limitIdle(raw, UPLOAD_IDLE_MS);
      // Some sources are read only when they are here whole, and nothing moves then.
      raw.once("end", () => limitIdle(raw, 0));
      // The body never came whole: the connection broke, and nobody waits for an answer.
      const gone = new AbortController();
      raw.once("close", () => raw.complete || gone.abort());
      const source = shielded(body as Readable);
      try {
        const upload = { name, ...query, source, signal: gone.signal };
        const image = await importUpload(services, upload, (progress) => imports.set(name, progress));
        const ownBytes = (await services.library.ownBytes()).get(name);
        return reply.code(201).send(imageView(image, { usedBy: usersOf(services, image.digest), ownBytes }));
      } finally {
        end();
        source.destroy();
      }
    },
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

type Upload = {
  readonly name: string;
  readonly replace?: boolean;
  readonly allowUnbootable?: boolean;
  readonly kind?: ImageKind;
  readonly architecture?: string;
  readonly source: Readable;
  readonly signal: AbortSignal;
};

async function importUpload(
  services: ApiServices,
  upload: Upload,
  onProgress: (progress: ImportView) => void,
): Promise<Image> {
  const { name } = upload;
  const startedAtMs = services.nowMs();
  const result = await services.library.import({
    ...upload,
    onProgress: ({ sourceBytes, rawBytes, storedBytes }) =>
      onProgress({ name, startedAtMs, sourceBytes, rawBytes, storedBytes }),
  });
  if (!result.ok)
    throw new ApiProblem(
      statusOf(result.problem),
      result.problem.kind,
      describeImportProblem(name, result.problem),
    );
  const tookMs = Math.max(0, services.nowMs() - startedAtMs);
  services.record({ kind: "imageImported", image: name, bytes: result.image.rawBytes, tookMs });
  return result.image;
}

/** Takes the name for one import at a time. @returns what lets go of it */
function begin(imports: Map<string, ImportView>, name: string, startedAtMs: number): () => void {
  if (!isImageName(name)) {
    const problem = { kind: "badName", name } as const;
    throw new ApiProblem(400, problem.kind, describeImportProblem(name, problem));
  }
  if (imports.has(name))
    throw new ApiProblem(409, "importRunning", `Cannot import image "${name}": it is being imported already`);
  if (imports.size >= MAX_IMPORTS)
    throw new ApiProblem(
      503,
      "busy",
      `Cannot import image "${name}": ${MAX_IMPORTS} imports are running; try again`,
    );
  imports.set(name, { name, startedAtMs, sourceBytes: 0, rawBytes: 0, storedBytes: 0 });
  return () => void imports.delete(name);
}

function statusOf({ kind }: ImportProblem): number {
  switch (kind) {
    case "nameTaken":
      return 409;
    case "diskFull":
      return 507;
    case "storeFailed":
    case "toolMissing":
      return 500;
    case "badName":
    case "sourceUnreadable":
    case "cancelled":
      return 400;
    default:
      return 422;
  }
}
