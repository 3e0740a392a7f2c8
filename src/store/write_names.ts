/**
 * Every write of the store has a name, so that a test can kill the appliance at it: right before it is committed, and
 * right after, before anybody is told.
 */

export const WRITE_NAMES = [
  "layoutPut",
  "layoutRemove",
  "deploymentCreate",
  "deploymentNode",
  "deploymentAddNodes",
  "deploymentTotals",
  "groupPut",
  "groupRemove",
  "groupOperationsPut",
  "groupOperationsRemove",
  "groupWorkflowPut",
  "groupWorkflowRemove",
  "imagePut",
  "imageRemove",
  "inventory",
  "nodes",
  "users",
  "userSeen",
  "powerRun",
  "fabric",
  "fabricScan",
  "findings",
  "webhookPut",
  "webhookRemove",
  "webhookDeliveries",
  "leasesForget",
  "boots",
  "bootTokens",
  "namingRuleAdd",
  "namingRuleRemove",
] as const;

export type WriteName = (typeof WRITE_NAMES)[number];
export type WriteMoment = "before" | "after";
export type ReachWrite = (name: WriteName, moment: WriteMoment) => void;

const PREFIX = "write:";

/**
 * What the environment asks for: `write:NAME`, `write:NAME:before`, `write:NAME:after` (the default).
 *
 * @returns undefined when it is another kind of point, or none. @throws RangeError there is no write of that name
 */
export function readWritePoint(
  text: string | undefined,
): { readonly name: WriteName; readonly moment: WriteMoment } | undefined {
  if (!text?.startsWith(PREFIX)) return undefined;
  const [word = "", moment = "after"] = text.slice(PREFIX.length).split(":");
  const name = WRITE_NAMES.find((one) => one === word);
  if (name && (moment === "before" || moment === "after")) return { name, moment };
  throw new RangeError(`Cannot crash at "${text}": no write of the store has that name`);
}
