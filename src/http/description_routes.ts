/** Descriptions of images: read before an upload begins, printed, changed. */
import type { Image, ImageTerms } from "#src/images/catalogue.ts";
import type { ImageDescription } from "#src/images/description.ts";
import { describeProblem } from "#src/images/description_reader.ts";
import { descriptionText } from "#src/images/description_text.ts";
import { readDescription } from "#src/images/description_yaml.ts";
import { type ImageViewer, imageLabel } from "#src/images/image_reference.ts";
import { whyNotTerms } from "#src/images/image_terms.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { checkVisibility, knownImage, ownImage, viewerOf } from "./image_lookup.ts";
import { DescriptionText, DescriptionView, ImageChange, ImageParams, ImageView } from "./image_types.ts";
import { liveImageView } from "./image_view.ts";
import { ApiProblem, notFound } from "./problem.ts";

export function descriptionRoutes(api: Api, services: ApiServices): void {
  const { descriptions, library } = services;

  api.post(
    "/image-descriptions",
    { schema: { body: DescriptionText, response: { 201: DescriptionView } } },
    async ({ body }, reply) => {
      const description = descriptionOf(body.yaml);
      const { name, version } = description;
      const said = { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }) };
      return reply.code(201).send({ id: descriptions.add(description), ...said });
    },
  );

  api.get(
    "/images/:name/description",
    { schema: { params: ImageParams, response: { 200: DescriptionText } } },
    async (request) => ({
      yaml: descriptionText(describedBy(knownImage(services, request.params.name, viewerOf(request)))),
    }),
  );

  api.patch(
    "/images/:name",
    { schema: { params: ImageParams, body: ImageChange, response: { 200: ImageView } } },
    async (request) => {
      const viewer = viewerOf(request);
      const image = ownImage(services, request.params.name, viewer);
      const terms = changedTerms(image, request.body);
      keepPublished({ image, terms, change: request.body, viewer });
      if (terms.visibility !== image.visibility) checkVisibility(terms.visibility, viewer);
      const why = whyNotTerms(image, terms);
      if (why !== undefined)
        throw new ApiProblem(422, "unsuitable", `Cannot change image "${imageLabel(image)}": ${why}`);
      const changed = await library.set(image, terms);
      if (!changed) throw notFound("image", imageLabel(image), "image list");
      services.record({ kind: "imageChanged", image: imageLabel(image) });
      return await liveImageView(services, changed);
    },
  );
}

/** What everybody installs is as an administrator published it. @throws ApiProblem */
function keepPublished(of: {
  readonly image: Image;
  readonly terms: ImageTerms;
  readonly change: ImageChange;
  readonly viewer: ImageViewer;
}): void {
  const { image, terms, change, viewer } = of;
  if (viewer.isAdmin || image.visibility !== "public" || terms.visibility !== "public") return;
  if (Object.keys(change).every((key) => OF_NO_EFFECT.includes(key))) return;
  throw new ApiProblem(
    403,
    "notAdmin",
    `Cannot change image "${imageLabel(image)}": it is public, and you change its description and author only; ask an administrator, or make it shared first`,
  );
}

/** On what nodes install. */
const OF_NO_EFFECT: readonly string[] = ["description", "author", "visibility"];

/** @throws ApiProblem with line and column of what is wrong */
export function descriptionOf(yaml: string, what = "the description"): ImageDescription {
  const read = readDescription(yaml);
  if (read.ok) {
    if (!read.description.postInstall?.some(({ archive }) => archive !== undefined)) return read.description;
    throw new ApiProblem(
      422,
      "badDescription",
      `Cannot read ${what}: archives of post-install steps are not kept yet; write the script itself`,
    );
  }
  const problems = read.problems.map(describeProblem).join("; ");
  throw new ApiProblem(422, "badDescription", `Cannot read ${what}: ${problems}`);
}

/** All that can be said of an image, with what was found where its owner said nothing. */
function describedBy({ name, version, visibility, architecture, about }: Image): ImageDescription {
  return { name, version, visibility, architecture, ...about };
}

/** The terms of an image with some replaced; those that are null are taken away. */
function changedTerms(image: Image, change: ImageChange): ImageTerms {
  const { name: _name, version: _version, ...before } = describedBy(image);
  const asked = Object.entries(change);
  const dropped = asked.filter(([, value]) => value === null).map(([key]) => fieldOf(key));
  const kept = Object.fromEntries(Object.entries(before).filter(([key]) => !dropped.includes(key)));
  const said = Object.fromEntries(asked.filter(([, value]) => value !== null));
  const changed: ImageDescription = { ...kept, ...descriptionOf(jsonOf(said), "the change") };
  return termsOf(changed, image);
}

/** As the reader of descriptions calls it. */
const fieldOf = (written: string): string => written.replace(/^minimum(?:Disk|Memory)$/, "$&Bytes");

/** Values as deep as a stack are no description. */
function jsonOf(value: object): string {
  try {
    return JSON.stringify(value);
  } catch (fault) {
    throw new ApiProblem(400, "badRequest", `Cannot read the change: ${(fault as Error).message}`);
  }
}

/** What stands beside the description in the catalogue. */
export function termsOf(
  { name: _name, version: _version, visibility, architecture, ...about }: ImageDescription,
  before: Pick<ImageTerms, "visibility">,
): ImageTerms {
  return { visibility: visibility ?? before.visibility, architecture, about };
}
