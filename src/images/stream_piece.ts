/** The next bytes of a raw stream; a disk's zeros need not be written down. Pure. */
export type StreamPiece = Buffer | { readonly zeroBytes: number };

export const pieceBytes = (piece: StreamPiece): number =>
  Buffer.isBuffer(piece) ? piece.length : piece.zeroBytes;
