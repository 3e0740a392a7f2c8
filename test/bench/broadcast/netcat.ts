/** A chain of netcat and tee: nothing is checked and nothing heals, so it shows what the links allow. */
import { join } from "node:path";
import { addressOf } from "#test/broadcast/lan.ts";
import { type Crew, listening, type Run, type Spawned, succeeded } from "./crew.ts";
import type { Task } from "./point.ts";

const PORT = 9000;

/** @param orderOf the nodes from the source to the end of the chain */
export function netcatChain(orderOf: (task: Task) => readonly string[]): Run {
  const links: Spawned[] = [];
  const addressOfNode = ({ lan }: Task, node: string | undefined): string =>
    addressOf(lan.nodes.indexOf(node ?? "") + 1);
  return {
    // From the end, because each connects to the next when it starts.
    prepare: async (task: Task, crew: Crew) => {
      const order = orderOf(task);
      for (const [at, node] of [...order.entries()].reverse()) {
        const next = order[at + 1];
        const copy = join(task.dirOf(node), "out");
        const pass =
          next === undefined ? `> ${copy}` : `| tee ${copy} | nc -N ${addressOfNode(task, next)} ${PORT}`;
        const link = crew.start(node, `nc -d -l ${PORT} ${pass}`);
        links.push(link);
        await listening(link, PORT);
      }
    },
    go: async (task, crew) => {
      const first = addressOfNode(task, orderOf(task)[0]);
      const source = crew.start("appliance", `exec nc -N ${first} ${PORT} < ${task.image}`);
      await Promise.all([source, ...links].map(succeeded));
    },
  };
}
