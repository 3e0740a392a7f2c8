/** A node whose process is stopped, or whose cable is out, and what it notices of that. Pure. */
import { SILENCE_MS } from "./machine.ts";
import type { SimNode } from "./sim_node.ts";

export function stop(node: SimNode): void {
  node.isStopped = true;
  node.stall();
  node.mute();
}

export function resume(node: SimNode): void {
  node.isStopped = false;
  node.wake();
}

export function cut(node: SimNode): void {
  node.isCut = true;
  node.stall();
  node.mute();
  const { upstream, world } = node;
  world.time.after(SILENCE_MS, () => {
    if (node.isCut && upstream && node.isAlive) node.lose(upstream);
  });
}

export function mend(node: SimNode): void {
  node.isCut = false;
  node.wake();
}
