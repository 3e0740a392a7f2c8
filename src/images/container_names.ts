/** How the tar of a container image is told from the tar of a root file system: by its first name. Pure. */
import { decodeTarBlock, TAR_BLOCK_BYTES } from "./tar_header.ts";

/** Files and folders at the top of `docker save` (old and new), `podman save` and an OCI layout. */
const CONTAINER_NAME =
  /^(?:blobs\/?|blobs\/.+|oci-layout|index\.json|manifest\.json|repositories|[0-9a-f]{64}(?:\/.*|\.json|\.tar)?)$/;
const TOP = /^(?:\.?\/)*\.?$/;
const EXTENSIONS = new Set(["x", "g"]);

/** @param head the start of a tar. A root that begins so by chance is told apart later, by what is missing in it. */
export function holdsContainer(head: Buffer): boolean {
  let at = 0;
  while (at + TAR_BLOCK_BYTES <= head.length) {
    const block = decodeTarBlock(head.subarray(at, at + TAR_BLOCK_BYTES));
    if (block.kind !== "entry") return false;
    const { path, type, dataBytes } = block.header;
    const isBefore = EXTENSIONS.has(type) || TOP.test(path);
    if (!isBefore) return CONTAINER_NAME.test(path.replace(/^\.\//, ""));
    at += TAR_BLOCK_BYTES * (1 + Math.ceil(dataBytes / TAR_BLOCK_BYTES));
  }
  return false;
}
