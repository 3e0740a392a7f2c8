import { Type } from "@fastify/type-provider-typebox";
import type { Image } from "#src/images/catalogue.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { ImageView, VerifyView } from "./api_types.ts";
import { ApiProblem, notFound } from "./problem.ts";
import { imageView } from "./views.ts";

const Params = Type.Object({ name: Type.String({ maxLength: 63 }) });

export function imageRoutes(api: Api, services: ApiServices): void {
  const { images, library } = services;
  const view = (image: Image): ImageView => imageView(image, usersOf(services, image.digest));
  const known = (name: string): Image => {
    const image = images.byName(name);
    if (!image) throw notFound("image", name, "image list");
    return image;
  };

  api.get("/images", { schema: { response: { 200: Type.Array(ImageView) } } }, async () =>
    images.all().map(view),
  );

  api.get("/images/:name", { schema: { params: Params, response: { 200: ImageView } } }, async ({ params }) =>
    view(known(params.name)),
  );

  api.delete(
    "/images/:name",
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ params: { name } }, reply) => {
      const users = usersOf(services, known(name).digest);
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
    async ({ params: { name } }) => {
      const result = await library.verify(known(name));
      return { name, ok: result.ok, problems: result.ok ? [] : [...result.found] };
    },
  );
}

/** The running deployments that install an image. */
export const usersOf = ({ deployments }: ApiServices, digest: string): readonly string[] =>
  deployments
    .running()
    .filter(({ imageDigest }) => imageDigest === digest)
    .map(({ id }) => id);
