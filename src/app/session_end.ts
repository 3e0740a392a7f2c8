/** When agents lose what they may: with the end of the business that their node was brought into the ramdisk for. */
import type { BootTokens } from "#src/access/boot_tokens.ts";
import type { NodeProgress } from "#src/deploy/deployment.ts";
import { isOnItsWay } from "#src/deploy/node_state.ts";
import type { DeployService } from "#src/deploy/service.ts";

/**
 * A node that stays in the ramdisk can be deployed to without a boot for so long. A restart of the appliance begins it
 * anew.
 */
export const LINGER_MS = 12 * 3_600_000;

export type SessionEndParts = {
  readonly service: Pick<DeployService, "subscribe" | "deploymentOf">;
  readonly tokens: Pick<BootTokens, "revoke" | "revokeTokens" | "nodesWithSessions">;
  /** Calls back once after `ms`. @returns what prevents it. */
  readonly after: (ms: number, callback: () => void) => () => void;
  readonly onFault: (fault: unknown) => void;
};

/** @returns what ends it */
export function endSessions({ service, tokens, after, onFault }: SessionEndParts): () => void {
  const timers = new Map<string, () => void>();
  const forget = (node: string): void => {
    timers.get(node)?.();
    timers.delete(node);
  };
  const linger = (node: string): void => {
    forget(node);
    const prevent = after(LINGER_MS, () => {
      timers.delete(node);
      // A deployment that has taken the node over decides at its own end.
      if (service.deploymentOf(node) === undefined) void tokens.revoke(node).catch(onFault);
    });
    timers.set(node, prevent);
  };
  for (const node of tokens.nodesWithSessions()) if (service.deploymentOf(node) === undefined) linger(node);
  const unsubscribe = service.subscribe((change) => {
    if (change.kind !== "node" || isOnItsWay(change.progress.state)) return;
    const { node } = change.progress;
    const stays = mayBeInRamdisk(change.progress);
    if (stays) linger(node);
    else forget(node);
    void (stays ? tokens.revokeTokens(node) : tokens.revoke(node)).catch(onFault);
  });
  return () => {
    unsubscribe();
    for (const node of [...timers.keys()]) forget(node);
  };
}

/** Only a node that was seen in its new system is known to have left. */
const mayBeInRamdisk = ({ state, records }: Pick<NodeProgress, "state" | "records">): boolean =>
  state.kind !== "done" || !records.some(({ phase }) => phase === 3);
