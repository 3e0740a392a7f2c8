/** What may change of an image when it is in the catalogue. Pure. */
import { missingToBoot, startedKernel } from "./bootability.ts";
import type { Image, ImageTerms } from "./catalogue.ts";
import type { ImageDescription } from "./description.ts";

/** @returns a clause that says why the image cannot be described so; nothing when it can */
export function whyNotTerms(image: Image, { about = {} }: ImageTerms): string | undefined {
  const { kind, found } = image;
  if (!found) return whyNotUnseen(image, about);
  const known = found.kernels.flatMap(({ path, initramfs }) => [path, initramfs]);
  const named = [about.kernel, about.initramfs].filter((path) => path !== undefined);
  const before = [image.about?.kernel, image.about?.initramfs];
  const missing = named.filter((path) => !known.includes(path) && !before.includes(path));
  if (kind === "archive" && missing.length > 0)
    return `it was imported without a look at ${missing.join(" and ")}; import it again with that description`;
  if (about.bootLoader === undefined || about.bootLoader === image.about?.bootLoader) return undefined;
  const needed = missingToBoot({ kind, found, about });
  return needed.length > 0 ? `it has no ${needed.join(" and no ")}` : undefined;
}

/** Imported when nobody looked: the kernel that it starts is the only one that is known. */
function whyNotUnseen({ kernel, initramfs }: Image, about: ImageDescription): string | undefined {
  const isKnown = (path: string | undefined, known: string | undefined): boolean =>
    path === undefined || path === known;
  return isKnown(about.kernel, kernel) && isKnown(about.initramfs, initramfs)
    ? undefined
    : "it was imported by a version that did not look at its kernels; import it again with that description";
}

/** The image under its new terms. */
export function withTerms(image: Image, terms: ImageTerms): Image {
  if (!image.found || image.kind !== "archive") return { ...image, ...terms };
  const { path, initramfs } = startedKernel(image.found, terms.about);
  return { ...image, ...terms, kernel: path, initramfs };
}
