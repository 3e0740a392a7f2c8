/** One import, whatever its bytes come from. */
import type { Readable } from "node:stream";
import type { Image } from "#src/images/catalogue.ts";
import type { ImageDescription } from "#src/images/description.ts";
import { type ImageReference, type ImageViewer, imageLabel } from "#src/images/image_reference.ts";
import type { ApiServices } from "./api_services.ts";
import { termsOf } from "./description_routes.ts";
import { checkVisibility } from "./image_lookup.ts";
import type { ImportOptions } from "./image_types.ts";
import { importProblem, type RunningImport } from "./running_imports.ts";

export type ImportWork = {
  readonly reference: ImageReference & { readonly owner: string };
  readonly options: ImportOptions;
  readonly description: ImageDescription;
  readonly source: Readable;
  readonly signal: AbortSignal;
  readonly isTemporary?: boolean;
};

/** What somebody may put into the catalogue. @throws ApiProblem */
export function checkWork(
  { options, description }: Pick<ImportWork, "options" | "description">,
  viewer: ImageViewer,
): void {
  checkVisibility(options.visibility ?? description.visibility, viewer);
}

/** @throws ApiProblem when it was refused; nothing is left of it then */
export async function importImage(
  services: ApiServices,
  work: ImportWork,
  { viewer, running }: { readonly viewer: ImageViewer; readonly running: RunningImport },
): Promise<Image> {
  const { options, description, source, signal, isTemporary } = work;
  const startedAtMs = services.nowMs();
  const byDefault = viewer.isAdmin && !isTemporary ? "public" : "private";
  const { visibility, architecture, about } = termsOf(description, { visibility: byDefault });
  const { sha256, replace, allowUnbootable, kind } = options;
  const result = await services.library.import({
    ...{ source, signal, replace, allowUnbootable, kind, isTemporary },
    ...nameOf(work),
    visibility: options.visibility ?? visibility,
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
const nameOf = ({ reference: { owner, name, version }, description }: ImportWork): ImageReference => ({
  owner,
  name,
  version: version ?? description.version,
});
