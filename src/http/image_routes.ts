import { Type } from "@fastify/type-provider-typebox";
import type { Image } from "#src/images/catalogue.ts";
import { describeDamage } from "#src/images/verify.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { ImageView } from "./api_types.ts";
import { ownerOf, requireOwn } from "./ownership.ts";
import { nextLink, PageQuery, pageOf } from "./paging.ts";
import { ApiProblem, notFound } from "./problem.ts";
import { VerifyView } from "./verify_types.ts";
import { imageView } from "./views.ts";

const Params = Type.Object({ name: Type.String({ maxLength: 63 }) });

export function imageRoutes(api: Api, services: ApiServices): void {
  const { images, library } = services;
  const view = async (image: Image): Promise<ImageView> => {
    const ownBytes = (await library.ownBytes()).get(image.name);
    return imageView(image, { usedBy: usersOf(services, image.digest), ownBytes });
  };
  const known = (name: string): Image => {
    const image = images.byName(name);
    if (!image) throw notFound("image", name, "image list");
    return image;
  };

  api.get(
    "/images",
    { schema: { querystring: PageQuery, response: { 200: Type.Array(ImageView) } } },
    async ({ query, url }, reply) => {
      const { items, next } = pageOf(images.all(), query);
      if (next !== undefined) reply.header("link", nextLink(url, next));
      return await Promise.all(items.map(view));
    },
  );

  api.get("/images/:name", { schema: { params: Params, response: { 200: ImageView } } }, async ({ params }) =>
    view(known(params.name)),
  );

  api.delete(
    "/images/:name",
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ params: { name }, principal }, reply) => {
      const image = known(name);
      requireOwn(principal, ownerOf(image), `remove image "${name}"`);
      const users = usersOf(services, image.digest);
      if (users.length > 0) {
        const detail = `Cannot remove image "${name}": ${users.join(", ")} installs it; wait for it or cancel it`;
        throw new ApiProblem(409, "imageInUse", detail);
      }
      if (!(await library.remove(name))) throw notFound("image", name, "image list");
      services.record({ kind: "imageRemoved", image: name });
      return reply.code(204).send(null);
    },
  );

  api.post(
    "/images/:name/verify",
    { schema: { params: Params, response: { 200: VerifyView } } },
    async ({ params: { name } }, reply) => {
      const image = known(name);
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

/** The running deployments that install an image. */
export const usersOf = ({ deployments }: ApiServices, digest: string): readonly string[] =>
  deployments
    .running()
    .filter(({ imageDigest }) => imageDigest === digest)
    .map(({ id }) => id);
