/**
 * The TLVs of one LLDPDU: IEEE 802.1AB-2016 clause 8.4 (7 bits of type, 9 bits of length, then the value).
 *
 * Pure: no sockets, no clock. Never throws; every step goes on by two bytes at least, so that it ends.
 */

/** Clause 8.4.1, table 8-1. */
export const TLV = {
  end: 0,
  chassisId: 1,
  portId: 2,
  timeToLive: 3,
  portDescription: 4,
  systemName: 5,
  systemDescription: 6,
  systemCapabilities: 7,
  managementAddress: 8,
  organisation: 127,
} as const;

/** Switches send a few dozen; a jumbo frame of empty TLVs would have thousands. */
export const MAX_TLVS = 256;

export type Tlv = {
  readonly type: number;
  /** Where its header starts, in bytes from the start of the frame. */
  readonly offsetBytes: number;
  /** A view into the frame, at most 511 bytes. */
  readonly value: Uint8Array;
};

/**
 * How the list ended. `end`: with an End TLV (clause 8.5.1), whatever length that claims. `frame`: with the
 * frame, as many devices do. `cut`: in the middle of a TLV. `limit`: after {@link MAX_TLVS}.
 */
export type TlvEnd = "end" | "frame" | "cut" | "limit";

export type TlvList = {
  readonly tlvs: readonly Tlv[];
  readonly ended: TlvEnd;
  /** Where the reading stopped, in bytes from the start of the frame. What follows is padding, or was not read. */
  readonly endBytes: number;
};

/** Splits `frame` from `startBytes` on. Padding of zeros reads as an End TLV. */
export function splitTlvs(frame: Uint8Array, startBytes: number): TlvList {
  const tlvs: Tlv[] = [];
  let at = startBytes;
  while (at + 2 <= frame.length) {
    const header = ((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0);
    const type = header >> 9;
    if (type === TLV.end) return { tlvs, ended: "end", endBytes: at };
    if (tlvs.length === MAX_TLVS) return { tlvs, ended: "limit", endBytes: at };
    const next = at + 2 + (header & 0x1ff);
    if (next > frame.length) return { tlvs, ended: "cut", endBytes: at };
    tlvs.push({ type, offsetBytes: at, value: frame.subarray(at + 2, next) });
    at = next;
  }
  const isPadding = (frame[at] ?? 0) === 0;
  return { tlvs, ended: isPadding ? "frame" : "cut", endBytes: at };
}
