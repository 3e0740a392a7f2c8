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

/**
 * The image that a reference means to `viewer`; of several the highest version. Without an owner one's own images come
 * first, then public ones, then, for an administrator, all others.
 */
export function findImage(
  images: readonly Image[],
  reference: ImageReference,
  viewer: ImageViewer,
): Image | undefined {
  const candidates = images.filter((image) => means(reference, image) && isVisible(image, reference, viewer));
  const best = Math.min(...candidates.map((image) => rank(image, viewer)));
  const ranked = candidates.filter((image) => rank(image, viewer) === best);
  const owner = ranked.toSorted((a, b) => b.createdAtMs - a.createdAtMs)[0]?.owner;
  return ranked.filter((image) => image.owner === owner).toSorted((a, b) => b.version - a.version)[0];
}

const means = ({ owner, name, version }: ImageReference, image: ImageKey): boolean =>
  image.name === name &&
  (owner === undefined || image.owner === owner) &&
  (version === undefined || image.version === version);

const isOwn = ({ owner }: ImageKey, { name }: ImageViewer): boolean => owner === name;

function isVisible(image: Image, { owner }: ImageReference, viewer: ImageViewer): boolean {
  if (viewer.isAdmin || isOwn(image, viewer) || image.visibility === "public") return true;
  return image.visibility === "shared" && owner !== undefined;
}

function rank(image: Image, viewer: ImageViewer): number {
  if (isOwn(image, viewer)) return 0;
  return image.visibility === "public" ? 1 : 2;
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
