import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";

/**
 * Closes the connection of a request when nothing moves on it for `idleMs`; 0 ends the watch.
 * A request that came by no socket (a test's) needs no limit.
 */
export function limitIdle({ socket }: IncomingMessage, idleMs: number): void {
  if (socket instanceof Socket) socket.setTimeout(idleMs);
}
