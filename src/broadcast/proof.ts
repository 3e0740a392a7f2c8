/**
 * The secrets of a broadcast: the proofs by which both ends of a data
 * connection show that they hold the deployment's key (PROTOCOL.md section 3,
 * test/vectors/data_proof.tsv), and how key and number are derived.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export type Handshake = {
  /** 32 bytes. Secret: never log it. */
  readonly key: Uint8Array;
  /** 16 bytes. */
  readonly broadcast: Uint8Array;
  /** 32 bytes that the downstream chose. */
  readonly downstreamNonce: Uint8Array;
  /** 32 bytes that the upstream chose. */
  readonly upstreamNonce: Uint8Array;
};

/** HMAC(key, "upstream" ‖ broadcast ‖ D ‖ U). */
export const upstreamProof = ({ key, broadcast, downstreamNonce, upstreamNonce }: Handshake): Buffer =>
  hmac(key, "upstream", broadcast, downstreamNonce, upstreamNonce);

/** HMAC(key, "downstream" ‖ broadcast ‖ U ‖ D). */
export const downstreamProof = ({ key, broadcast, downstreamNonce, upstreamNonce }: Handshake): Buffer =>
  hmac(key, "downstream", broadcast, upstreamNonce, downstreamNonce);

/** Compares without telling by its time where two proofs differ. */
export const isSameProof = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && timingSafeEqual(left, right);

export type BroadcastSecrets = {
  /** 16 bytes: what nodes ask for. */
  readonly broadcast: Buffer;
  /** 32 bytes: what proves that they may have it. */
  readonly key: Buffer;
};

/**
 * Number and key of a deployment's broadcast. Derived, so that an appliance
 * that was restarted goes on with the same, without having stored any.
 *
 * @param secret of the data directory
 */
export function broadcastSecrets(
  secret: Uint8Array,
  deployment: string,
  imageDigest: string,
): BroadcastSecrets {
  // A zero byte cannot be in either name, so no two pairs give the same input.
  const about = `${deployment}\0${imageDigest}`;
  return {
    broadcast: hmac(secret, "brigade broadcast number", Buffer.from(about)).subarray(0, 16),
    key: hmac(secret, "brigade broadcast key", Buffer.from(about)),
  };
}

function hmac(key: Uint8Array, word: string, ...parts: readonly Uint8Array[]): Buffer {
  const mac = createHmac("sha256", key).update(word);
  for (const part of parts) mac.update(part);
  return mac.digest();
}
