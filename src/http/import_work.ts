/** One import, whatever its bytes come from. */
import type { Readable } from "node:stream";
import type { Image } from "#src/images/catalogue.ts";
import type { ImageDescription, Visibility } from "#src/images/description.ts";
import { type ImageReference, type ImageViewer, imageLabel } from "#src/images/image_reference.ts";
import type { ApiServices } from "./api_services.ts";
import { termsOf } from "./description_routes.ts";
import { checkVisibility } from "./image_lookup.ts";
import type { ImportOptions } from "./image_types.ts";
import { ApiProblem } from "./problem.ts";
import { importProblem, type RunningImport } from "./running_imports.ts";

export type ImportWork = {
  readonly reference: ImageReference & { readonly owner: string };
  readonly options: ImportOptions;
  readonly description: ImageDescription;
  readonly source: Readable;
  readonly signal: AbortSignal;
  readonly isTemporary?: boolean;
};

type Wanted = Pick<ImportWork, "reference" | "options" | "description" | "isTemporary">;

/** What somebody may put into the catalogue. @throws ApiProblem */
export function checkWork({ images }: ApiServices, work: Wanted, viewer: ImageViewer): void {
  checkVisibility(work.options.visibility ?? work.description.visibility, viewer);
  visibilityOf(images.all(), work, viewer);
}

/**
 * Who may see it, when nobody says: as with the version that it replaces, else the newest before it. Only
 * administrators publish, so what another imports under a public name is shared.
 *
 * @throws ApiProblem when it would put a content that no administrator saw under a public label
 */
function visibilityOf(images: readonly Image[], work: Wanted, viewer: ImageViewer): Visibility {
  const { options, description, isTemporary } = work;
  const said = options.visibility ?? description.visibility;
  if (said !== undefined) return said;
  const { owner, name, version } = nameOf(work);
  const versions = images.filter((one) => one.owner === owner && one.name === name && !one.isTemporary);
  const newest = versions.toSorted((a, b) => b.version - a.version)[0];
  const replaced = options.replace
    ? versions.find((one) => one.version === (version ?? newest?.version))
    : undefined;
  const before = (replaced ?? newest)?.visibility;
  if (isTemporary) return "private";
  if (before !== "public" || viewer.isAdmin) return before ?? newVisibility(owner, viewer);
  if (replaced)
    throw new ApiProblem(
      403,
      "notAdmin",
      `Cannot replace image "${imageLabel(replaced)}": it is public; ask an administrator, say --visibility shared, or import it as a new version`,
    );
  return "shared";
}

const newVisibility = (owner: string, { name, isAdmin }: ImageViewer): Visibility =>
  isAdmin && owner === name ? "public" : "private";

/** @throws ApiProblem when it was refused; nothing is left of it then */
export async function importImage(
  services: ApiServices,
  work: ImportWork,
  { viewer, running }: { readonly viewer: ImageViewer; readonly running: RunningImport },
): Promise<Image> {
  const { options, description, source, signal, isTemporary } = work;
  const startedAtMs = services.nowMs();
  const visibility = visibilityOf(services.images.all(), work, viewer);
  const { architecture, about } = termsOf(description, { visibility });
  const { sha256, replace, allowUnbootable, kind } = options;
  const result = await services.library.import({
    ...{ source, signal, replace, allowUnbootable, kind, isTemporary },
    ...nameOf(work),
    visibility,
    architecture: options.architecture ?? architecture,
    about,
    sha256: sha256?.toLowerCase(),
    onProgress: running.report,
  });
  if (!result.ok) throw importProblem(work.reference.name, result.problem);
  const tookMs = Math.max(0, services.nowMs() - startedAtMs);
  const { image } = result;
  services.record({ kind: "imageImported", image: imageLabel(image), bytes: image.rawBytes, tookMs });
  return image;
}

/** A version that is asked for goes before the one of the description. */
const nameOf = ({
  reference: { owner, name, version },
  description,
}: Wanted): ImageReference & { readonly owner: string } => ({
  owner,
  name,
  version: version ?? description.version,
});
