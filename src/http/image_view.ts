import type { Image } from "#src/images/catalogue.ts";
import { imageLabel } from "#src/images/image_reference.ts";
import type { ApiServices } from "./api_services.ts";
import type { ImageView } from "./image_types.ts";
import { defined } from "./views.ts";

export type ImageLive = {
  readonly usedBy: readonly string[];
  readonly ownBytes: number | undefined;
};

export function imageView(image: Image, { usedBy, ownBytes }: ImageLive): ImageView {
  const { owner, name, version, visibility, architecture, about = {}, found, isTemporary } = image;
  const { digest, kind, rawDigest, rawBytes, storedBytes, chunkCount, createdAtMs } = image;
  const { osName, osVersion, kernel, initramfs, layout, entryCount, installedBytes } = image;
  const key = { label: imageLabel(image), owner, name, version, visibility, architecture };
  const sizes = { rawBytes, storedBytes, ownBytes, chunkCount, createdAtMs, entryCount, installedBytes };
  const names = { digest, kind, rawDigest, osName, osVersion, kernel, initramfs, layout };
  return defined({ ...key, ...names, ...sizes, about, found, isTemporary, usedBy: [...usedBy] }) as ImageView;
}

/** With what is known of it at this moment. */
export async function liveImageView(services: ApiServices, image: Image): Promise<ImageView> {
  const ownBytes = (await services.library.ownBytes()).get(imageLabel(image));
  return imageView(image, { usedBy: usersOf(services, image.digest), ownBytes });
}

/** The running deployments that install an image. */
export const usersOf = ({ deployments }: ApiServices, digest: string): readonly string[] =>
  deployments
    .running()
    .filter(({ imageDigest }) => imageDigest === digest)
    .map(({ id }) => id);
