/** Whether somebody keeps the clock right: adjtimex(2), which asks the kernel and changes nothing. */
import { dlopen } from "node:ffi";

const { functions: libc } = dlopen(null, { adjtimex: { arguments: ["buffer"], return: "i32" } });

/** sizeof(struct timex) on 64-bit machines; `modes`, its first field, stays 0. */
const TIMEX_BYTES = 208;
const TIME_ERROR = 5;

/** @returns `undefined` when the kernel does not tell */
export function isClockSynchronised(): boolean | undefined {
  const state = libc.adjtimex(Buffer.alloc(TIMEX_BYTES));
  return state < 0 ? undefined : state !== TIME_ERROR;
}
