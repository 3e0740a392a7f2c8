/**
 * One read transfer as a state machine: what to send after an ACK or a silence.
 *
 * RFC 1350 section 2 (lock step), RFC 2347 (nothing but the OACK leaves before the client has
 * answered it, which also keeps a forged request from being answered with more than it cost),
 * RFC 7440 section 4 (window: an ACK inside it means that what follows was lost).
 *
 * Pure: no socket, no timer. Blocks are counted from 1 without end; only on the wire do they wrap
 * at 65536, to 0, as tftp-hpa, atftp and EDK2 do.
 */
import type { TftpOffer } from "./offer.ts";

/** Resends of the same thing before the client counts as gone. */
export const MAX_RESENDS = 5;
const FIRST_TIMEOUT_MS = 500;
const MAX_TIMEOUT_MS = 8000;

export type Transfer = {
  readonly offer: TftpOffer;
  /** Blocks in all; the last is shorter than the others, empty where the size divides evenly. */
  readonly blockCount: number;
  /** Highest block that the client has; -1 until it answered the OACK. */
  readonly acked: number;
  /** Highest block that was sent. */
  readonly sent: number;
  /** Sends of the same window in a row without progress. */
  readonly resends: number;
  /** The window was sent again for a repeated ACK; once is enough until there is progress (sorcerer's apprentice). */
  readonly repeated: boolean;
};

export type TransferStep =
  | { readonly kind: "sendOptionAck"; readonly next: Transfer }
  /** Send blocks `from` to `through`, both included. */
  | { readonly kind: "sendBlocks"; readonly from: number; readonly through: number; readonly next: Transfer }
  | { readonly kind: "ignore"; readonly next: Transfer }
  | { readonly kind: "finished" }
  | { readonly kind: "gaveUp" };

export function startTransfer(offer: TftpOffer, fileBytes: number): TransferStep {
  const blockCount = Math.floor(fileBytes / offer.blockSizeBytes) + 1;
  const start = { offer, blockCount, resends: 0, repeated: false, sent: 0 };
  if (offer.acknowledge.size > 0) return { kind: "sendOptionAck", next: { ...start, acked: -1 } };
  return sendWindow({ ...start, acked: 0 });
}

/** An ACK came with this block number (16 bits, as on the wire). */
export function onAck(transfer: Transfer, wireBlock: number): TransferStep {
  const { acked, sent, blockCount, offer, repeated } = transfer;
  if (acked < 0) {
    return wireBlock === 0
      ? sendWindow({ ...transfer, acked: 0, resends: 0 })
      : { kind: "ignore", next: transfer };
  }
  // The window is far smaller than 65536, so the number means one block at most.
  const block = acked + ((wireBlock - acked) & 0xffff);
  if (block > sent) return { kind: "ignore", next: transfer };
  if (block > acked) {
    if (block === blockCount) return { kind: "finished" };
    return sendWindow({ ...transfer, acked: block, resends: 0, repeated: false });
  }
  // In lock step an old ACK is only late. In a window it says that the first block of it was lost.
  if (offer.windowBlocks === 1 || repeated || sent === acked) return { kind: "ignore", next: transfer };
  return sendWindow({ ...transfer, repeated: true });
}

/** Nothing came in time. */
export function onSilence(transfer: Transfer): TransferStep {
  if (transfer.resends >= MAX_RESENDS) return { kind: "gaveUp" };
  const next = { ...transfer, resends: transfer.resends + 1, repeated: false };
  return transfer.acked < 0 ? { kind: "sendOptionAck", next } : sendWindow(next);
}

/** How long to wait for an answer before {@link onSilence}: what the client asked for, else doubling. */
export const timeoutMs = ({ offer, resends }: Transfer): number =>
  offer.timeoutSec === undefined
    ? Math.min(FIRST_TIMEOUT_MS * 2 ** resends, MAX_TIMEOUT_MS)
    : offer.timeoutSec * 1000;

/** Where block `block` (from 1) lies in the file. */
export function blockRange(
  { offer }: Transfer,
  block: number,
): { readonly start: number; readonly end: number } {
  const start = (block - 1) * offer.blockSizeBytes;
  return { start, end: start + offer.blockSizeBytes };
}

function sendWindow(transfer: Transfer): TransferStep {
  const from = transfer.acked + 1;
  const through = Math.min(transfer.acked + transfer.offer.windowBlocks, transfer.blockCount);
  return { kind: "sendBlocks", from, through, next: { ...transfer, sent: through } };
}
