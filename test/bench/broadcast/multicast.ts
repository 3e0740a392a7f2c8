/** udpcast and uftp: one stream to all at once, and what is lost comes again. */
import { linkSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Crew, listening, type Run, type Spawned, succeeded } from "./crew.ts";
import type { Task } from "./point.ts";

const UFTP = resolve("out/bench/peers/uftp/usr/bin");
/** Of a link, what a sender that does not listen for congestion may ask for: above it frames are lost. */
const UFTP_SHARE = 0.95;

/** Full duplex was the fastest of its modes. */
export function udpcast(): Run {
  const receivers: Spawned[] = [];
  return {
    prepare: async ({ lan, dirOf }: Task, crew: Crew) => {
      for (const node of lan.nodes) {
        receivers.push(crew.start(node, `exec udp-receiver -f ${dirOf(node)}/out --interface eth0 --nokbd`));
      }
      for (const receiver of receivers) await listening(receiver, 9000, "udp");
    },
    go: async ({ lan, image }, crew) => {
      const words = `--full-duplex --interface eth0 --nokbd --min-receivers ${lan.nodes.length}`;
      const sender = crew.start("appliance", `exec udp-sender -f ${image} ${words}`);
      await Promise.all([sender, ...receivers].map(succeeded));
    },
  };
}

export const uftp = (): Run => ({
  prepare: async ({ lan, dirOf, image }, crew) => {
    linkSync(image, join(dirOf("appliance"), "out"));
    for (const node of lan.nodes) {
      const words = `-d -I eth0 -M 230.4.4.1 -D ${dirOf(node)} -T ${dirOf(node)}/part`;
      const client = crew.start(node, `mkdir ${dirOf(node)}/part; exec ${UFTP}/uftpd ${words}`);
      await listening(client, 1044, "udp");
    }
  },
  go: async ({ dirOf, rateMbit }, crew) => {
    const rateKbit = Math.round(rateMbit * 1000 * UFTP_SHARE);
    const words = `-I eth0 -M 230.4.4.1 -P 230.5.5.1 -R ${rateKbit}`;
    await succeeded(crew.start("appliance", `exec ${UFTP}/uftp ${words} ${dirOf("appliance")}/out`));
  },
});
