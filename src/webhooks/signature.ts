/**
 * What shows a receiver that a delivery is ours and new, as Standard Webhooks 1.0.0 has it
 * (https://www.standardwebhooks.com): HMAC-SHA-256 over id, time and body.
 */
import { createHmac, randomBytes } from "node:crypto";
import type { Delivery } from "./webhook.ts";

const PREFIX = "whsec_";

/** 256 random bits, in the spelling that libraries of receivers take. */
export const makeWebhookSecret = (): string => `${PREFIX}${randomBytes(32).toString("base64")}`;

/** @param nowSec Unix time of this attempt: a receiver refuses what is old */
export function signedHeaders(
  { id, body }: Pick<Delivery, "id" | "body">,
  secret: string,
  nowSec: number,
): Readonly<Record<string, string>> {
  const signature = createHmac("sha256", keyOf(secret)).update(`${id}.${nowSec}.${body}`).digest("base64");
  return {
    "content-type": "application/json",
    "user-agent": "Brigade",
    "webhook-id": id,
    "webhook-timestamp": String(nowSec),
    "webhook-signature": `v1,${signature}`,
  };
}

/** `whsec_BASE64`, or any text, whose bytes it is then. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), "base64") : Buffer.from(secret);
