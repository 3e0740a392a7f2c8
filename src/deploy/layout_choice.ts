import type { DeploymentRequest } from "./deployment.ts";

/** The layout of a request that may say it in the older way. */
export const layoutOf = ({
  layout,
  partitionTable,
}: Pick<DeploymentRequest, "layout" | "partitionTable">): string =>
  layout ?? (partitionTable === "mbr" ? "mbr" : "default");

/** An installation into one partition leaves what starts the disk to its owner, unless he says otherwise. */
export const keepsBootSector = ({
  partition,
  bootSector,
}: Pick<DeploymentRequest, "partition" | "bootSector">): boolean =>
  partition !== undefined && bootSector !== true;
