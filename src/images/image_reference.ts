/** How images are named, who sees which, and which one a name means. Pure. */
import { ADMIN_OWNER, type Image, type ImageKey } from "./catalogue.ts";
import { MAX_IMAGE_VERSION } from "./description_values.ts";

/** `owner/name:version`, of which owner and version may be left out. */
export type ImageReference = {
  readonly owner?: string | undefined;
  readonly name: string;
  readonly version?: number | undefined;
};

/** Who asks. */
export type ImageViewer = { readonly name: string; readonly isAdmin: boolean };

const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i;
const REFERENCE = /^(?:([^/:]{1,63})\/)?([^/:]{1,63})(?::([1-9]\d{0,8}))?$/;
/** The longest that can be one. */
export const MAX_REFERENCE_CHARACTERS = 63 + 1 + 63 + 10;

/** Letters, digits, dots, hyphens and underscores, at most 63, first and last a letter or digit. */
export function isImageName(text: string): boolean {
  return NAME.test(text) && !text.includes("..");
}

export const isImageVersion = (version: number): boolean =>
  Number.isInteger(version) && version >= 1 && version <= MAX_IMAGE_VERSION;

/** @returns nothing when it is no reference */
export function parseImageReference(text: string): ImageReference | undefined {
  if (text.length > MAX_REFERENCE_CHARACTERS) return undefined;
  const [, owner, name = "", version] = REFERENCE.exec(text) ?? [];
  if (!isImageName(name) || (owner !== undefined && !isImageName(owner))) return undefined;
  return { owner, name, version: version === undefined ? undefined : Number(version) };
}

/** Names one image for ever: `debian-12:3`, and with its owner when that is not the administrator. */
export const imageLabel = ({ owner, name, version }: ImageKey): string =>
  `${owner === ADMIN_OWNER ? "" : `${owner}/`}${name}:${version}`;

/** The image of a label. One without a version is from before there were any. */
export function imageOfLabel<T extends ImageKey>(images: readonly T[], label: string): T | undefined {
  const { owner = ADMIN_OWNER, name, version = 1 } = parseImageReference(label) ?? {};
  return images.find((one) => one.owner === owner && one.name === name && one.version === version);
}

export const isSameImage = (a: ImageKey, b: ImageKey): boolean =>
  a.owner === b.owner && a.name === b.name && a.version === b.version;

/** Whether a list shows it. */
export const isListedFor = (image: Image, viewer: ImageViewer): boolean =>
  !image.isTemporary && (isOwn(image, viewer) || viewer.isAdmin || image.visibility === "public");

/** Whether it may be changed and removed. */
export const mayChange = (image: ImageKey, viewer: ImageViewer): boolean =>
  viewer.isAdmin || isOwn(image, viewer);

export type FoundImage =
  | { readonly kind: "found"; readonly image: Image }
  | { readonly kind: "none" }
  /** Several owners have a public one; `labels` are the newest of each, at most {@link MAX_LABELS}. */
  | { readonly kind: "ambiguous"; readonly labels: readonly string[] };

const MAX_LABELS = 10;

/**
 * The image that a reference means to `viewer`: first whose, then which version, the highest when it says none. Without
 * an owner it is one's own, else the administrator's public one, else that of the only owner of public ones; what others
 * did not publish is never meant.
 */
export function findImage(
  images: readonly Image[],
  { owner, name, version }: ImageReference,
  viewer: ImageViewer,
): FoundImage {
  const named = images.filter((image) => image.name === name && isVisible(image, { owner, viewer }));
  const owners = [...new Set(named.map((image) => image.owner))];
  const newestOf = (whose: string, wanted?: number): Image | undefined =>
    named
      .filter((image) => image.owner === whose && (wanted === undefined || image.version === wanted))
      .toSorted((a, b) => b.version - a.version)[0];
  const meant = [owner, viewer.name, ADMIN_OWNER].find((one) => one !== undefined && owners.includes(one));
  const [chosen = meant, ...others] = meant === undefined ? owners : [meant];
  if (others.length > 0) {
    const labels = owners.slice(0, MAX_LABELS).flatMap((one) => newestOf(one) ?? []);
    return { kind: "ambiguous", labels: labels.map(imageLabel) };
  }
  const image = chosen === undefined ? undefined : newestOf(chosen, version);
  return image ? { kind: "found", image } : { kind: "none" };
}

const isOwn = ({ owner }: ImageKey, { name }: ImageViewer): boolean => owner === name;

/** To somebody who says whose it is, or does not. */
function isVisible(
  image: Image,
  { owner, viewer }: { readonly owner: string | undefined; readonly viewer: ImageViewer },
): boolean {
  if (owner === undefined) return isOwn(image, viewer) || image.visibility === "public";
  if (image.owner !== owner) return false;
  return viewer.isAdmin || isOwn(image, viewer) || image.visibility !== "private";
}

/** The version that an image gets when nobody says. */
export const nextVersion = (
  images: readonly ImageKey[],
  { owner, name }: Omit<ImageKey, "version">,
): number =>
  1 +
  Math.max(
    0,
    ...images.filter((one) => one.owner === owner && one.name === name).map(({ version }) => version),
  );
