/**
 * A node that poisons the stream: it takes part like any other, but has a bit
 * flipped in some chunks and vouches for them all the same.
 */
import { readFileSync } from "node:fs";
import { BroadcastSource } from "#src/broadcast/source.ts";
import type { ImageReader } from "#src/images/reader.ts";
import { EmulatedAgent } from "#test/agent/emulated_agent.ts";
import { makeImage, memoryReader } from "./memory_image.ts";

export type HostileSetup = {
  readonly appliance: string;
  readonly address: string;
  readonly keyDigest: string;
  readonly token: string;
  readonly image: string;
  /** Raw bytes of a chunk. */
  readonly chunkRawBytes: number;
  /** Chunks in which it flips a bit. */
  readonly poisoned: readonly number[];
};

async function main(setup: HostileSetup): Promise<void> {
  const { appliance, address, keyDigest, token, image, poisoned } = setup;
  const honest = makeImage(readFileSync(image), setup);
  const reader = memoryReader(honest);
  const images: ImageReader = {
    ...reader,
    readChunk: async (digest, index, offset, into) => {
      const bytes = await reader.readChunk(digest, index, offset, into);
      const isFirst = poisoned.includes(index) && offset === 0;
      if (isFirst) into[100] = (into[100] ?? 0) ^ 1;
      return bytes;
    },
  };
  const source = await BroadcastSource.listen({ address, port: 7801, images, record: () => {} });
  new EmulatedAgent({
    address: appliance,
    port: 7800,
    keyDigest,
    token,
    receive: async (request, voice) => {
      const secrets = {
        broadcast: Buffer.from(request.broadcast, "hex"),
        key: Buffer.from(request.key, "hex"),
      };
      await source.open({ ...secrets, imageDigest: request.manifest });
      voice.listening(source.port);
      const rawBytes = readFileSync(image).length;
      const { rawDigest } = honest;
      return { ok: true, rawDigest, rawBytes, fromBytes: {}, sentBytes: 0, ms: 0, error: null };
    },
  });
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? "{}") as HostileSetup);
