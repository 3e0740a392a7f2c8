import { Type } from "@fastify/type-provider-typebox";
import type { Image } from "#src/images/catalogue.ts";
import {
  type ImageViewer,
  imageLabel,
  isListedFor,
  parseImageReference,
} from "#src/images/image_reference.ts";
import { describeDamage } from "#src/images/verify.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { knownImage, ownImage, viewerOf } from "./image_lookup.ts";
import { ImageParams, ImageQuery, ImageRemoval, ImageView } from "./image_types.ts";
import { liveImageView, usersOf } from "./image_view.ts";
import { nextLink, pageOf } from "./paging.ts";
import { ApiProblem, notFound } from "./problem.ts";
import { VerifyView } from "./verify_types.ts";

export function imageRoutes(api: Api, services: ApiServices): void {
  const { images, library } = services;

  api.get(
    "/images",
    { schema: { querystring: ImageQuery, response: { 200: Type.Array(ImageView) } } },
    async (request, reply) => {
      const { allVersions = false, owner, ...page } = request.query;
      const viewer = viewerOf(request);
      const listed = images
        .all()
        .filter((image) => isListedFor(image, viewer) && (owner === undefined || image.owner === owner));
      const shown = allVersions ? listed.toSorted(byName) : newestOfEach(listed);
      const { items, next } = pageOf(
        shown.map((image) => ({ name: imageLabel(image), image })),
        page,
      );
      if (next !== undefined) reply.header("link", nextLink(request.url, next));
      return await Promise.all(items.map(({ image }) => liveImageView(services, image)));
    },
  );

  api.get(
    "/images/:name",
    { schema: { params: ImageParams, response: { 200: ImageView } } },
    async (request) =>
      await liveImageView(services, knownImage(services, request.params.name, viewerOf(request))),
  );

  api.delete(
    "/images/:name",
    { schema: { params: ImageParams, querystring: ImageRemoval, response: { 204: Type.Null() } } },
    async (request, reply) => {
      const { name } = request.params;
      for (const image of chosenToGo(services, request.params.name, {
        viewer: viewerOf(request),
        ...request.query,
      })) {
        if (!(await library.remove(image))) throw notFound("image", name, "image list");
        services.record({ kind: "imageRemoved", image: imageLabel(image) });
      }
      return reply.code(204).send(null);
    },
  );

  api.post(
    "/images/:name/verify",
    { schema: { params: ImageParams, response: { 200: VerifyView } } },
    async (request, reply) => {
      const image = knownImage(services, request.params.name, viewerOf(request));
      const name = imageLabel(image);
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const result = await library.verify(image, gone.signal).catch((fault: unknown) => {
        // Nobody reads this answer any more.
        if (gone.signal.aborted) throw new ApiProblem(400, "cancelled", `Verifying "${name}" was broken off`);
        throw fault;
      });
      if (result.ok) return { name, ok: true, problems: [] };
      const problems = result.damage.map((one) => describeDamage(name, one));
      for (const problem of problems.slice(0, MAX_DAMAGE_EVENTS))
        services.record({ kind: "imageDamaged", image: name, problem });
      return { name, ok: false, problems };
    },
  );
}

/** A disk that lost a thousand chunks is one piece of news. */
const MAX_DAMAGE_EVENTS = 10;

const byName = (a: Image, b: Image): number =>
  a.name.localeCompare(b.name, "en") || a.owner.localeCompare(b.owner, "en") || a.version - b.version;

function newestOfEach(images: readonly Image[]): readonly Image[] {
  const newest = new Map<string, Image>();
  for (const image of images.toSorted(byName)) newest.set(`${image.owner}/${image.name}`, image);
  return [...newest.values()];
}

/**
 * The images that a removal means: one version, or all of them.
 *
 * @throws ApiProblem when it is not clear which, when one is in use or somebody else's
 */
function chosenToGo(
  services: ApiServices,
  text: string,
  { viewer, allVersions = false }: { readonly viewer: ImageViewer; readonly allVersions?: boolean },
): readonly Image[] {
  const image = ownImage(services, text, viewer);
  const label = imageLabel(image);
  const versions = services.images
    .all()
    .filter((one) => one.owner === image.owner && one.name === image.name);
  const isOne = parseImageReference(text)?.version !== undefined || versions.length === 1;
  if (!isOne && !allVersions) {
    const all = versions.map(({ version }) => version).sort((a, b) => a - b);
    const detail = `Cannot remove image "${text}": it has the versions ${all.join(", ")}; name one, as in ${label}, or say --all-versions`;
    throw new ApiProblem(409, "severalVersions", detail);
  }
  const chosen = allVersions ? versions : [image];
  for (const one of chosen) refuseUsed(services, one);
  return chosen;
}

function refuseUsed(services: ApiServices, image: Image): void {
  const users = usersOf(services, image.digest);
  // Another name for the same bytes keeps them.
  const others = services.images.all().filter((one) => one !== image && one.digest === image.digest);
  if (users.length === 0 || others.length > 0) return;
  const detail = `Cannot remove image "${imageLabel(image)}": ${users.join(", ")} installs it; wait for it or cancel it`;
  throw new ApiProblem(409, "imageInUse", detail);
}
