/**
 * One read transfer as a state machine: what to send after an ACK or a silence.
 *
 * RFC 1350 section 2 (lock step), RFC 2347 (nothing but the OACK leaves before the client has
 * answered it, which also keeps a forged request from being answered with more than it cost),
 * RFC 7440 section 4 (window: an ACK inside it means that what follows was lost).
 *
 * Pure: no socket, no timer; the caller says what time it is. Blocks are counted from 1 without end; only on the wire do they wrap
 * at 65536, to 0, as tftp-hpa, atftp and EDK2 do.
 */
import type { TftpOffer } from "./offer.ts";
import { backedOff, type RoundTrip, UNKNOWN_ROUND_TRIP, withSample } from "./round_trip.ts";

/** Resends to a client that never answered: a forged request costs no more than that. */
export const MAX_RESENDS_UNANSWERED = 5;
/** Resends of the same window to one that did: with doubling pauses more than half a minute, in which firmware may write to flash. */
export const MAX_RESENDS = 8;

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
  /** When the window was first sent. */
  readonly sentAtMs: number;
  readonly roundTrip: RoundTrip;
};

/** Something to send. */
export type SendStep =
  | { readonly kind: "sendOptionAck"; readonly next: Transfer }
  /** Send blocks `from` to `through`, both included. */
  | { readonly kind: "sendBlocks"; readonly from: number; readonly through: number; readonly next: Transfer };

export type TransferStep =
  | SendStep
  | { readonly kind: "ignore"; readonly next: Transfer }
  | { readonly kind: "finished" }
  | { readonly kind: "gaveUp" };

export function startTransfer(offer: TftpOffer, fileBytes: number, nowMs: number): SendStep {
  const blockCount = Math.floor(fileBytes / offer.blockSizeBytes) + 1;
  const start = { offer, blockCount, resends: 0, repeated: false, sent: 0, sentAtMs: nowMs };
  const next = { ...start, acked: 0, roundTrip: UNKNOWN_ROUND_TRIP };
  if (offer.acknowledge.size > 0) return { kind: "sendOptionAck", next: { ...next, acked: -1 } };
  return sendWindow(next);
}

/** Whether nothing shows yet that the client is where it says: it has acknowledged neither options nor a block. */
export const isUnanswered = ({ acked, offer }: Transfer): boolean =>
  acked < 0 || (acked === 0 && offer.acknowledge.size === 0);

/** An ACK came with this block number (16 bits, as on the wire). */
export function onAck(transfer: Transfer, wireBlock: number, nowMs: number): TransferStep {
  const { acked, sent, blockCount, offer, repeated } = transfer;
  if (acked < 0) {
    return wireBlock === 0 ? sendWindow(advanced(transfer, 0, nowMs)) : { kind: "ignore", next: transfer };
  }
  // The window is far smaller than 65536, so the number means one block at most.
  const block = acked + ((wireBlock - acked) & 0xffff);
  if (block > sent) return { kind: "ignore", next: transfer };
  if (block > acked) {
    if (block === blockCount) return { kind: "finished" };
    return sendWindow(advanced(transfer, block, nowMs));
  }
  // In lock step an old ACK is only late. In a window it says that the first block of it was lost.
  if (offer.windowBlocks === 1 || repeated || sent === acked) return { kind: "ignore", next: transfer };
  return sendWindow({ ...transfer, repeated: true });
}

/** Nothing came in time. */
export function onSilence(transfer: Transfer): TransferStep {
  const limit = isUnanswered(transfer) ? MAX_RESENDS_UNANSWERED : MAX_RESENDS;
  if (transfer.resends >= limit) return { kind: "gaveUp" };
  const roundTrip = backedOff(transfer.roundTrip);
  const next = { ...transfer, resends: transfer.resends + 1, repeated: false, roundTrip };
  return transfer.acked < 0 ? { kind: "sendOptionAck", next } : sendWindow(next);
}

/** How long to wait for an answer before {@link onSilence}: what the client asked for, else what this one usually takes. */
export const timeoutMs = ({ offer, roundTrip }: Transfer): number =>
  offer.timeoutSec === undefined ? roundTrip.timeoutMs : offer.timeoutSec * 1000;

/** The client has all up to `block`. What was sent more than once says nothing of the time an answer takes (Karn). */
function advanced(transfer: Transfer, block: number, nowMs: number): Transfer {
  const { resends, repeated, sentAtMs } = transfer;
  const isSample = resends === 0 && !repeated;
  const roundTrip = isSample ? withSample(transfer.roundTrip, nowMs - sentAtMs) : transfer.roundTrip;
  return { ...transfer, acked: block, resends: 0, repeated: false, sentAtMs: nowMs, roundTrip };
}

function sendWindow(transfer: Transfer): SendStep {
  const from = transfer.acked + 1;
  const through = Math.min(transfer.acked + transfer.offer.windowBlocks, transfer.blockCount);
  return { kind: "sendBlocks", from, through, next: { ...transfer, sent: through } };
}
