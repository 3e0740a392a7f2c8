/** Puts DATA packets of one file on the wire, as many at once as one call takes. */
import { UdpFlow } from "#src/net/udp_flow.ts";
import { writeDataPackets } from "./packet.ts";

/** A send is over when it returns, so all transfers share the place where packets are put together. */
const scratch = Buffer.alloc(1 << 16);
const HEADER_BYTES = 4;

export class BlockWriter {
  readonly #file: Uint8Array;
  readonly #blockSizeBytes: number;
  readonly #atOnce: number;

  constructor(file: Uint8Array, blockSizeBytes: number) {
    this.#file = file;
    this.#blockSizeBytes = blockSizeBytes;
    this.#atOnce = UdpFlow.segmentsAtOnce(HEADER_BYTES + blockSizeBytes);
  }

  /** Sends blocks `from` to `through`, both included, counted from 1. */
  send(flow: Pick<UdpFlow, "send" | "sendSegments">, from: number, through: number): void {
    for (let first = from; first <= through; first += this.#atOnce) {
      const last = Math.min(through, first + this.#atOnce - 1);
      const file = this.#file;
      const lengthBytes = writeDataPackets(scratch, {
        file,
        blockSizeBytes: this.#blockSizeBytes,
        first,
        last,
      });
      if (first === last) flow.send(scratch, lengthBytes);
      else flow.sendSegments(scratch.subarray(0, lengthBytes), HEADER_BYTES + this.#blockSizeBytes);
    }
  }
}
