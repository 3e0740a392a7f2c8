/**
 * What goes wrong in a broadcast, a row each: how it is done to a chain of real
 * agents, and what must still be so. Tests judge by it, the bench times it.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { FaultRun, FaultSetup } from "./fault_run.ts";
import { breakIn, poison } from "./hostiles.ts";

export type Fault = {
  readonly name: string;
  /** Done before the first node is asked to join. */
  readonly prepare?: (run: FaultRun) => Promise<void>;
  /** Done while the image is under way. */
  readonly strike?: (run: FaultRun, setup: FaultSetup) => Promise<void>;
  /** Nodes that do not get the image, and whose time does not count. */
  readonly lost?: (run: FaultRun) => readonly string[];
  /** Nodes that get the image, but when does not count. */
  readonly late?: (run: FaultRun) => readonly string[];
  /** What was seen that must not be, if anything. */
  readonly problem?: (run: FaultRun) => Promise<string | undefined>;
  /** Puts right what a new agent on each lost and late node does not. */
  readonly mend?: (run: FaultRun) => Promise<void>;
  /** How much later than in a healthy run the others may be done: what the bench holds it to. */
  readonly limit: { readonly laterSec: number } | { readonly laterShare: number };
};

const { PATH } = process.env;
/** Where in the image it happens. */
const MIDDLE = 0.3;
/** Nodes that come when the others have most of it. */
export const LATE_NODES = 8;

const middle = (run: FaultRun): string => run.node(Math.floor(run.nodes.length / 2));
const around = (run: FaultRun): readonly string[] => {
  const at = Math.floor(run.nodes.length / 2);
  return run.nodes.slice(at - 1, at + 2);
};
/** A tenth, without a pattern. */
const scattered = (run: FaultRun): readonly string[] =>
  [0.13, 0.44, 0.87].map((share) => run.node(Math.floor(share * run.nodes.length)));
const newcomers = (run: FaultRun): readonly string[] =>
  run.network.nodes.slice(run.nodes.length, run.nodes.length + LATE_NODES);

type Choice = (run: FaultRun) => readonly string[];

/** Neighbours feed each other, also those whose own neighbour is gone. */
function sentAtMost(images: number): (run: FaultRun) => Promise<string | undefined> {
  return async (run) => {
    const sent = await run.sentImages();
    return sent <= images ? undefined : `the appliance has sent ${sent.toFixed(2)} images, not ${images}`;
  };
}

const killed = (name: string, lost: Choice, sentImages = 1.2): Fault => ({
  name: `SIGKILL of ${name}`,
  lost,
  problem: sentAtMost(sentImages),
  strike: async (run) => {
    await run.untilTaken(middle(run), MIDDLE);
    for (const node of lost(run)) run.network.signal(node, "SIGKILL");
  },
  limit: { laterSec: 3 },
});

export const HEALTHY: Fault = {
  name: "nothing goes wrong",
  problem: sentAtMost(1.1),
  limit: { laterSec: 0 },
};

export const FAULTS: readonly Fault[] = [
  killed("the first", (run) => [run.node(0)], 1.9), // the appliance had fed it
  killed("a middle one", (run) => [middle(run)]),
  killed("the last", (run) => [run.node(-1)]),
  killed("three neighbours", around, 1.9), // as many as a list has before the appliance
  killed("a tenth of all", scattered),
  {
    name: "SIGSTOP of one",
    lost: (run) => [middle(run)],
    strike: async (run) => {
      await run.untilTaken(middle(run), MIDDLE);
      run.network.signal(middle(run), "SIGSTOP");
    },
    limit: { laterSec: 4 },
  },
  {
    name: "link of one down without a word",
    lost: (run) => [middle(run)],
    strike: async (run) => {
      await run.untilTaken(middle(run), MIDDLE);
      run.network.lan.plug(middle(run), "down");
    },
    mend: async (run) => run.network.lan.plug(middle(run), "up"),
    limit: { laterSec: 4 },
  },
  {
    name: "link of one down and up again and again",
    late: (run) => [middle(run)],
    strike: async (run, { flapping }) => {
      await run.untilTaken(middle(run), MIDDLE);
      for (let time = 0; time < flapping.times; time++) {
        run.network.lan.plug(middle(run), "down");
        await pause(flapping.downMs);
        run.network.lan.plug(middle(run), "up");
        await pause(flapping.upMs);
      }
    },
    limit: { laterSec: 4 },
  },
  {
    name: "link of one at 20 %",
    late: (run) => [middle(run)],
    strike: async (run) => {
      await run.untilTaken(middle(run), MIDDLE);
      run.network.lan.rate(middle(run), run.rateMbit / 5);
    },
    mend: async (run) => run.network.lan.rate(middle(run), run.rateMbit),
    limit: { laterShare: 0.05 },
  },
  {
    name: "disk of one at 20 %",
    late: (run) => [middle(run)],
    prepare: async (run) => {
      const bytesPerSec = (run.rateMbit * 1e6) / 8 / 5;
      const path = `${slowTar(run)}:${PATH}`;
      await run.network.startAgents([middle(run)], { PATH: path, BYTES_PER_SEC: String(bytesPerSec) });
      // With room for the whole image in memory a slow disk is nobody else's business anyway.
      run.make(middle(run), { memoryBytes: run.imageBytes / 8 });
    },
    limit: { laterShare: 0.05 },
  },
  {
    name: "one flips bits",
    lost: (run) => [middle(run)],
    prepare: (run) => poison(run, middle(run)),
    problem: async (run) => {
      const blamed = run.events.flatMap((event) => (event.kind === "badChunk" ? [event.from] : []));
      if (blamed.length > 0 && blamed.every((node) => node === middle(run))) return undefined;
      return `blamed: ${blamed.join(" ") || "nobody"}, not ${middle(run)}`;
    },
    limit: { laterSec: 3 },
  },
  {
    name: "a stranger asks and sends rubbish",
    strike: async (run) => {
      await run.untilTaken(middle(run), 0.1);
      await breakIn(run, run.network.nodes.at(-1) ?? "", middle(run));
    },
    problem: async (run) => {
      const seen = run.events.some((event) => event.kind === "packetRejected" && event.protocol === "data");
      return seen ? undefined : "no event tells of the stranger";
    },
    limit: { laterShare: 0.05 },
  },
  {
    name: "appliance killed and started again",
    strike: async (run) => {
      await run.untilTaken(middle(run), MIDDLE);
      await run.network.crashAppliance();
      run.joinAgain();
    },
    limit: { laterSec: 10 },
  },
  {
    name: `${LATE_NODES} nodes join at 70 %`,
    late: newcomers,
    prepare: (run) => run.network.startAgents(newcomers(run)),
    strike: async (run) => {
      await run.untilTaken(run.node(-1), 0.7);
      run.join(newcomers(run));
    },
    problem: sentAtMost(1.2),
    limit: { laterShare: 0.05 },
  },
  {
    name: "disk of one full",
    lost: (run) => [middle(run)],
    prepare: async (run) => {
      const directory = join(run.network.dir, "full");
      mkdirSync(directory, { recursive: true });
      execFileSync("mount", [
        "-t",
        "tmpfs",
        "-o",
        `size=${Math.round(run.imageBytes / 3)}`,
        "none",
        directory,
      ]);
      run.make(middle(run), { directory });
      await run.network.startAgents([middle(run)]); // sees the mount
    },
    problem: async (run) => {
      const { received } = await run.received(middle(run), 60_000);
      // The second is what tar says when the last of the room took part of a block.
      return !received.ok && /No space left on device|Wrote only/.test(received.error ?? "")
        ? undefined
        : `it says ${received.error}`;
    },
    mend: async (run) => void execFileSync("umount", ["-l", join(run.network.dir, "full")]),
    limit: { laterShare: 0.05 },
  },
  {
    name: "memory for one chunk on every node",
    prepare: async (run) => {
      for (const node of run.nodes) run.make(node, { memoryBytes: 1 });
    },
    limit: { laterShare: 1 },
  },
];

/** A `tar` that takes BYTES_PER_SEC and no more, as a disk at its limit does. @returns the folder it is in */
function slowTar({ network }: FaultRun): string {
  const dir = join(network.dir, "slow");
  mkdirSync(dir, { recursive: true });
  const throttle =
    "while (($n = sysread STDIN, $b, 16384) > 0) { syswrite STDOUT, $b; select undef, undef, undef, $n / $ENV{BYTES_PER_SEC} }";
  writeFileSync(join(dir, "tar"), `#!/bin/sh\nperl -e '${throttle}' | /usr/bin/tar "$@"\n`);
  chmodSync(join(dir, "tar"), 0o755);
  return dir;
}
