/** How one node stands in a broadcast, over the API. Rates are bytes a second. */
import { type Static, Type } from "typebox";

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const optional = Type.Optional(Count);

export const BroadcastView = Type.Object(
  {
    /** Compressed, since the node began. */
    receivedBytes: Count,
    sentBytes: Count,
    /** Unpacked, on its disk. */
    writtenRawBytes: Count,
    totalRawBytes: Count,
    /** `ADDRESS:PORT` that feeds it now, and its name. */
    upstream: Type.Optional(Type.String()),
    feeder: Type.Optional(Type.String()),
    /** Over the last seconds; over all of it once the node has ended. */
    receiveBytesPerSec: optional,
    sendBytesPerSec: optional,
    writeRawBytesPerSec: optional,
    chunks: optional,
    chunkCount: optional,
    /** Chunks that the foremost node has and this one has not. */
    lagChunks: optional,
    /** Received and not yet written. */
    heldBytes: optional,
    memoryBytes: optional,
    downstreams: optional,
    upstreamChanges: optional,
    reasons: Type.Optional(Type.Array(Type.String())),
    badChunks: optional,
    tookMs: optional,
    from: Type.Optional(Type.Array(Type.Object({ feeder: Type.String(), bytes: Count }, strict))),
  },
  strict,
);
export type BroadcastView = Static<typeof BroadcastView>;
