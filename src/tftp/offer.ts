/** Which options of a read request are granted, and to what value. Pure. */
import type { TftpOptions } from "./packet.ts";

/** Ethernet MTU 1500 less 20 (IP), 8 (UDP) and 4 (TFTP) header bytes: fragments get lost in tunnels. */
export const MAX_BLOCK_SIZE_BYTES = 1468;
/** Blocks in flight: more only fills the buffers of small firmware. */
export const MAX_WINDOW_BLOCKS = 64;
const DEFAULT_BLOCK_SIZE_BYTES = 512;

export type TftpOffer = {
  /** Payload bytes in every block but the last. */
  readonly blockSizeBytes: number;
  /** Blocks sent before an ACK is waited for. */
  readonly windowBlocks: number;
  /** Fixed time before a resend, when the client named one. */
  readonly timeoutSec: number | undefined;
  /** Options to acknowledge; empty means start with DATA block 1. */
  readonly acknowledge: TftpOptions;
};

/**
 * Chooses what to grant from the options a boot ROM asked for.
 *
 * @param asked options of the read request, names in lower case
 * @returns what to use and the options to confirm. An option we leave out is
 * refused, as RFC 2347 allows; a bad value counts as not asked.
 * @see RFC 2348 (blksize 8..65464), RFC 2349 (tsize 0 asks, we answer; timeout 1..255 s), RFC 7440 (windowsize 1..65535)
 */
export function offerTftpOptions(
  asked: TftpOptions,
  {
    fileBytes,
    maxBlockBytes = MAX_BLOCK_SIZE_BYTES,
  }: { readonly fileBytes: number; readonly maxBlockBytes?: number },
): TftpOffer {
  const blockBytes = integerOf(asked.get("blksize"), 8, 65_464);
  const timeoutSec = integerOf(asked.get("timeout"), 1, 255);
  const windowAsked = integerOf(asked.get("windowsize"), 1, 65_535);
  const blockLimit = Math.max(8, Math.min(maxBlockBytes, MAX_BLOCK_SIZE_BYTES));
  const blockSizeBytes = blockBytes ? Math.min(blockBytes, blockLimit) : DEFAULT_BLOCK_SIZE_BYTES;
  const windowBlocks = Math.min(windowAsked ?? 1, MAX_WINDOW_BLOCKS);
  const granted: readonly (readonly [name: string, value: number | undefined])[] = [
    ["blksize", blockBytes && blockSizeBytes],
    ["tsize", asked.has("tsize") ? fileBytes : undefined],
    ["timeout", timeoutSec],
    ["windowsize", windowAsked && windowBlocks],
  ];
  const acknowledge = new Map<string, string>();
  for (const [name, value] of granted) if (value !== undefined) acknowledge.set(name, String(value));
  return { blockSizeBytes, windowBlocks, timeoutSec, acknowledge };
}

function integerOf(text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}
