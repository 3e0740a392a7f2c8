/**
 * Gives memory that was freed back to the system.
 *
 * An import moves gigabytes through buffers and threads. glibc keeps what they freed: 200 MB that the appliance would
 * hold until it ends.
 */
import { dlopen } from "node:ffi";

/** malloc_trim(3). Takes some milliseconds. Does nothing where the C library has no such function. */
export function giveBackMemory(): void {
  trim?.(0n);
}

const trim = find();

function find(): ((keepBytes: bigint) => unknown) | undefined {
  try {
    return dlopen(null, { malloc_trim: { arguments: ["u64"], return: "i32" } }).functions.malloc_trim;
  } catch {
    // musl, or Node without ffi: memory is all that is at stake.
    return undefined;
  }
}
