import { imageLabel } from "#src/images/image_reference.ts";
import type { ImageLibrary } from "#src/images/library.ts";
import { describeDamage } from "#src/images/verify.ts";
import type { Base } from "./base.ts";

/** A disk that lost a thousand chunks is one piece of news. */
const MAX_DAMAGE_EVENTS = 10;

/**
 * Looks once whether every file of every image is there in full length, behind the start: what a power cut or a hand
 * did is known before a deployment finds it. Contents are not read; `image verify` does that.
 */
export async function watchImages(
  { store, record }: Pick<Base, "store" | "record">,
  library: Pick<ImageLibrary, "skim">,
): Promise<void> {
  for (const image of store.images.all()) {
    const result = await library.skim(image);
    if (result.ok) continue;
    for (const damage of result.damage.slice(0, MAX_DAMAGE_EVENTS))
      record({
        kind: "imageDamaged",
        image: imageLabel(image),
        problem: describeDamage(imageLabel(image), damage),
      });
  }
}
