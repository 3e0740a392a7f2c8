/** User data may hold passwords and keys: a copy of the database must not tell them. */
import type { DeploymentRequest } from "#src/deploy/deployment.ts";
import type { SecretBox } from "./secret_box.ts";

type Stored = Omit<DeploymentRequest, "seed"> & {
  readonly seed?: { readonly kind: "cloud-init" | "ignition"; readonly sealed: string } | undefined;
};

const about = (deployment: string): string => `user data of ${deployment}`;

/** @returns what is stored in place of the request */
export function sealRequest(
  { seed, ...request }: DeploymentRequest,
  deployment: string,
  secrets: Pick<SecretBox, "seal">,
): Stored {
  if (!seed) return request;
  const sealed = secrets.seal(seed.userData, about(deployment)).toString("base64");
  return { ...request, seed: { kind: seed.kind, sealed } };
}

/** The request as it was; without its seed when the key of the data directory is another one by now. */
export function openRequest(
  { seed, ...request }: Stored,
  deployment: string,
  secrets: Pick<SecretBox, "open">,
): DeploymentRequest {
  const userData = seed && secrets.open(Buffer.from(seed.sealed, "base64"), about(deployment));
  return seed && userData !== undefined ? { ...request, seed: { kind: seed.kind, userData } } : request;
}

export type StoredRequest = Stored;
