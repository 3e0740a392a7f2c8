/** Where bytes stop being what they should be, and what is there instead. Pure. */
export type SourceFault = { readonly offsetBytes: number; readonly found: string };

/** What a pure reader makes of bytes: never an exception. */
export type SourceRead<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: SourceFault };

export function sourceFault(
  offsetBytes: number,
  found: string,
): { readonly ok: false; readonly fault: SourceFault } {
  return { ok: false, fault: { offsetBytes, found } };
}
