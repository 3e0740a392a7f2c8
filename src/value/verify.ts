/**
 * How a node makes sure that what it wrote is the image. Chunks are checked
 * on arrival in any case, for others get them from there.
 *
 * - `none`: nothing more; the result has no digest.
 * - `digest`: SHA-256 of the raw stream on its way to the disk.
 * - `readback`: what was flushed is read again from the disk and compared.
 */
export const VERIFY = ["none", "digest", "readback"] as const;
export type Verify = (typeof VERIFY)[number];
