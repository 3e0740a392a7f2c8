/**
 * A worker thread that compresses raw pieces into independent zstd frames and names them by their SHA-256.
 *
 * Imports `node:` modules only, so that the single binary can carry it as one small script.
 */
import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { constants, zstdCompressSync } from "node:zlib";

/** `raw` comes with its whole buffer, of which the first `rawBytes` count, and goes back with the answer to be filled again. */
export type CompressJob = { readonly raw: ArrayBuffer; readonly rawBytes: number; readonly level: number };
export type CompressResult = {
  readonly raw: ArrayBuffer;
  readonly stored: Uint8Array<ArrayBuffer>;
  readonly digest: string;
};

parentPort?.on("message", ({ raw, rawBytes, level }: CompressJob) => {
  const frame = zstdCompressSync(new Uint8Array(raw, 0, rawBytes), {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_contentSizeFlag]: 1 },
    pledgedSrcSize: rawBytes,
  });
  const stored = new Uint8Array(frame);
  const result: CompressResult = { raw, stored, digest: createHash("sha256").update(stored).digest("hex") };
  parentPort?.postMessage(result, [raw, stored.buffer]);
});
