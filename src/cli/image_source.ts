/** Where an image comes from: a file, a URL or standard input. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { type CliFault, usageFault } from "./cli_fault.ts";
import type { CliIo } from "./cli_io.ts";

export type ImageSource = {
  readonly source: Readable;
  /** 0: nobody knows. */
  readonly sizeBytes: number;
};

const URL_START = /^https?:\/\//i;

/** @throws {CliFault} it cannot be read */
export async function openSource(path: string, io: CliIo): Promise<ImageSource> {
  if (path === "-") return { source: io.stdin as Readable, sizeBytes: 0 };
  if (URL_START.test(path)) return await openUrl(path);
  const found = await stat(path).catch((fault: NodeJS.ErrnoException) => {
    throw unreadable(path, fault);
  });
  if (!found.isFile()) throw usageFault(`Cannot import "${path}": it is not a file`);
  return { source: createReadStream(path, { highWaterMark: 1024 * 1024 }), sizeBytes: found.size };
}

async function openUrl(url: string): Promise<ImageSource> {
  // As it lies there: a packed image must not be unpacked on the way, or its size would be another.
  const headers = { "accept-encoding": "identity" };
  const response = await fetch(url, { headers }).catch((fault: unknown) => {
    throw unreadable(url, fault);
  });
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw usageFault(`Cannot read "${url}": ${response.status} ${response.statusText}`.trim());
  }
  const isPlain = response.headers.get("content-encoding") === null;
  const sizeBytes = isPlain ? Number(response.headers.get("content-length") ?? 0) : 0;
  return { source: Readable.fromWeb(response.body as ReadableStream<Uint8Array>), sizeBytes };
}

export function unreadable(path: string, fault: unknown): CliFault {
  const { code, message, cause } = fault as NodeJS.ErrnoException;
  const why = code === "ENOENT" ? "no such file" : cause instanceof Error ? cause.message : message;
  return usageFault(`Cannot read "${path}": ${why}`);
}

/** `debian-12` of `/tmp/debian-12.tar.zst` and of `https://host/debian-12.tar.zst?mirror=1`. */
export function nameOfSource(path: string): string {
  if (path === "-") throw usageFault("Cannot name an image from standard input: say --name NAME");
  const name = URL_START.test(path) ? new URL(path).pathname : path;
  return basename(name).replace(/\.(?:(?:tar|img|raw|qcow2|oci)(?:\.\w+)?|tgz|tbz2?|txz|tzst)$/i, "");
}
