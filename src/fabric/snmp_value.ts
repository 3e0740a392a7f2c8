/** What comes back over SNMP, free of the library that fetched it: RFC 3416 section 3, RFC 2578 section 7.1. Pure. */

export type SnmpValue =
  /** INTEGER, Counter32, Gauge32 and TimeTicks. */
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "counter64"; readonly count: bigint }
  | { readonly kind: "octets"; readonly bytes: Uint8Array }
  /** In numbers with dots, no dot in front. */
  | { readonly kind: "oid"; readonly oid: string }
  | { readonly kind: "address"; readonly address: string }
  /** Null, noSuchObject, noSuchInstance, endOfMibView, and types that nobody needs. */
  | { readonly kind: "none" };

export type Varbind = {
  /** In numbers with dots, no dot in front. */
  readonly oid: string;
  readonly value: SnmpValue;
};
