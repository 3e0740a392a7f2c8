import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

/** A lease as it survives a restart. */
export type Lease = {
  readonly mac: Mac;
  readonly address: Ipv4;
  /** Option 61 in hex, for the record only: firmware, iPXE and the system send different ones. */
  readonly clientId?: string | undefined;
  /** Wall clock. */
  readonly expiresAtMs: number;
  /** `declined`: the address is set aside until then, because a machine that we do not know uses it. */
  readonly state: "bound" | "declined";
};

/** Where leases outlive the process. One row an address. */
export interface LeaseStore {
  /** Everything stored, in any order; read once, at start. */
  all(): readonly Lease[];
  /** Resolves when a loss of power would not lose it any more. */
  put(lease: Lease): Promise<void>;
  remove(address: Ipv4): Promise<void>;
}
