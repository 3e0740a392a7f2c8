/** Which image a request means, and what whoever asks may do with it. */
import type { FastifyRequest } from "fastify";
import type { Image } from "#src/images/catalogue.ts";
import {
  findImage,
  type ImageReference,
  type ImageViewer,
  imageLabel,
  isImageName,
  mayChange,
  parseImageReference,
} from "#src/images/image_reference.ts";
import type { ApiServices } from "./api_services.ts";
import { startProblem } from "./deployment_request.ts";
import { ApiProblem, notFound } from "./problem.ts";

export const viewerOf = ({ principal }: FastifyRequest): ImageViewer => ({
  name: principal.name,
  isAdmin: principal.role === "admin",
});

/** @throws ApiProblem when no image that `viewer` may see is called so */
export function knownImage({ images }: ApiServices, text: string, viewer: ImageViewer): Image {
  const reference = parseImageReference(text);
  const found = reference && findImage(images.all(), reference, viewer);
  if (found?.kind === "ambiguous")
    throw startProblem({ kind: "ambiguousImage", image: text, labels: found.labels });
  if (found?.kind !== "found") throw notFound("image", text, "image list");
  return found.image;
}

/** The same, of images that `viewer` may change. @throws ApiProblem */
export function ownImage(services: ApiServices, text: string, viewer: ImageViewer): Image {
  const image = knownImage(services, text, viewer);
  if (mayChange(image, viewer)) return image;
  throw new ApiProblem(
    403,
    "notYours",
    `Cannot change image "${imageLabel(image)}": it belongs to ${image.owner}`,
  );
}

/**
 * What an import will be called.
 *
 * @throws ApiProblem when it is no reference, or belongs to somebody else
 */
export function newReference(text: string, viewer: ImageViewer): ImageReference & { readonly owner: string } {
  const { owner = viewer.name, name, version } = parseImageReference(text) ?? { name: undefined };
  if (name === undefined)
    throw new ApiProblem(
      400,
      "badName",
      `Cannot import image "${text}": the name must be 1 to 63 letters, digits, dots, hyphens or underscores, and may be followed by a colon and a version`,
    );
  if (!isImageName(owner))
    throw new ApiProblem(
      400,
      "badName",
      `Cannot import image "${text}": no image can belong to "${owner}"; ask an administrator for a user name that ends with a letter or digit`,
    );
  if (owner !== viewer.name && !viewer.isAdmin)
    throw new ApiProblem(
      403,
      "notYours",
      `Cannot import image "${text}": you are ${viewer.name}, not ${owner}`,
    );
  return { owner, name, version };
}

/** @throws ApiProblem when `viewer` may not show an image to everybody */
export function checkVisibility(visibility: Image["visibility"] | undefined, viewer: ImageViewer): void {
  if (visibility === "public" && !viewer.isAdmin)
    throw new ApiProblem(
      403,
      "notAdmin",
      "Cannot make an image public: only administrators may; shared is for everybody",
    );
}
