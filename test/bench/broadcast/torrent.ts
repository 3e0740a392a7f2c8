/** BitTorrent with aria2; the appliance runs the tracker and the only seed. */
import { chmodSync, existsSync, linkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { APPLIANCE } from "#test/broadcast/lan.ts";
import { type Crew, listening, type Run, succeeded, until } from "./crew.ts";
import type { Task } from "./point.ts";

const PEERS = resolve("out/bench/peers");
const TRACKER = `LD_LIBRARY_PATH=${PEERS}/libowfat0/usr/lib exec ${PEERS}/opentracker/usr/bin/opentracker`;
const PORT = { tracker: 6969, peer: 6881 } as const;
const QUIET =
  "--no-conf --quiet --enable-dht=false --enable-dht6=false --bt-enable-lpd=false --follow-torrent=mem --seed-ratio=0";

export const aria2 = (): Run => ({
  prepare: async (task: Task, crew: Crew) => {
    const dir = task.dirOf("appliance");
    linkSync(task.image, join(dir, "out"));
    const announce = `http://${APPLIANCE}:${PORT.tracker}/announce`;
    const make = `cd ${dir} && mktorrent -l 18 -a ${announce} -o out.torrent out`;
    // Debian's tracker serves nothing but what is on its list.
    const allow = `cd ${dir} && aria2c -S out.torrent | sed -n 's/^Info Hash: //p' > allowed && chmod 711 .`;
    await succeeded(crew.start("appliance", make));
    await succeeded(crew.start("appliance", allow));
    const tracker = `cd ${dir}; ${TRACKER} -i ${APPLIANCE} -p ${PORT.tracker} -P ${PORT.tracker} -d ${dir} -u nobody -w allowed`;
    await listening(crew.start("appliance", tracker), PORT.tracker);
    const seed = crew.start(
      "appliance",
      `exec aria2c ${QUIET} -V --listen-port=${PORT.peer} -d ${dir} ${dir}/out.torrent`,
    );
    await listening(seed, PORT.peer);
    const hook = join(dir, "done.sh");
    writeFileSync(hook, '#!/bin/sh\ntouch "$(dirname "$3")/done"\n');
    chmodSync(hook, 0o755);
  },
  go: async ({ lan, dirOf }, crew) => {
    const torrent = join(dirOf("appliance"), "out.torrent");
    for (const node of lan.nodes) {
      const words = `--listen-port=${PORT.peer} --file-allocation=none -d ${dirOf(node)}`;
      const hook = `--on-bt-download-complete=${dirOf("appliance")}/done.sh`;
      crew.start(node, `exec aria2c ${QUIET} ${words} ${hook} ${torrent}`);
    }
    // All go on seeding until the last has it.
    const isDone = (node: string): boolean => existsSync(join(dirOf(node), "done"));
    await until(() => lan.nodes.every(isDone), "all downloads", 600_000);
  },
});
