import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, describe, expect, test } from "vitest";
import { simulateHere } from "#src/app/simulate.ts";
import { runCli } from "#src/cli/cli.ts";
import type { SimulationView } from "#src/cli/simulate_command.ts";

async function simulated(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await runCli(["simulate", ...words], {
    version: "1.2.3",
    serve: { options: [], run: async () => 0 },
    examineHere: async () => [],
    simulate: simulateHere,
    restore: async () => ({ refused: "not here" }),
    io: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      ...{ terminal: undefined, env: {}, stdin: new PassThrough(), stdout: new PassThrough() },
      onInterrupt: () => () => {},
      wallMs: Date.now,
      nowMs: () => 0,
    },
  });
  return { code, out, err };
}

test("a simulation says how long it took, who was lost and slow, and what went over the links", async () => {
  const words = ["--nodes", "40", "--image", "4G", "--faults", "kill:2@30%,slow:node7:0.2@20%"];
  const { code, out } = await simulated(...words);
  expect(code).toBe(0);
  expect(out).toMatch(/^efficiency: +0\.9/m);
  expect(out).toMatch(/^finished: +38$/m);
  expect(out).toMatch(/^slow: +node7$/m);
  expect(out).toMatch(/^switch4 down +4\.0 GB +1\.\d\d$/m);
  expect(out).toContain("node7: its link is slow");
  expect(await simulated(...words)).toEqual({ code, out, err: "" });
});

test("a simulation that nothing goes wrong in has no events, as JSON", async () => {
  const { out } = await simulated("--nodes", "8", "--switches", "0", "--image", "500M", "--json");
  const view = JSON.parse(out) as SimulationView;
  expect(view).toMatchObject({
    nodes: 8,
    finished: 8,
    unfinished: [],
    lost: [],
    switchLinks: [],
    events: [],
  });
  expect(view.copiesSent).toBeCloseTo(1);
});

test.each([
  { words: ["--nodes", "0"], wants: "wants a whole number from 1 to 100000" },
  { words: ["--image", "big"], wants: "wants a size, for example 2G" },
  { words: ["--link", "-1G"], wants: "wants bits a second, for example 1G" },
  { words: ["--order", "random"], wants: "wants fabric or name" },
  ...["kill", "melt:3", "kill:3:4", "slow:1:2", "stop:1:-1", "kill:1@noon", "flip:1:2:3"].map((fault) => ({
    words: ["--faults", `late:1,${fault}`],
    wants: fault === "kill" ? "" : `Cannot use --faults ${fault}: wants KIND:NODES`,
  })),
])("$words is read, or refused with what is wanted", async ({ words, wants }) => {
  const { code, err } = await simulated("--nodes", "4", "--image", "100M", ...words);
  expect(code).toBe(wants === "" ? 0 : 2);
  expect(err).toContain(wants);
});

describe("a network out of a cabling file", () => {
  const file = join(mkdtempSync(join(tmpdir(), "brigade-cabling-")), "cabling.yaml");
  const edges = [1, 2, 3, 4].map((edge) => `  - core/${edge} - e${edge}/49 1G`).join("\n");
  const nodes = Array.from({ length: 16 }, (_, at) => `  rack${at + 1}: e${1 + (at % 4)}/${at + 1} 1G`).join(
    "\n",
  );
  writeFileSync(file, `nodes:\n  (appliance): core/48 1G\n${nodes}\nlinks:\n${edges}\n`);
  afterAll(() => rmSync(dirname(file), { recursive: true }));
  const images = (out: string): readonly number[] =>
    (JSON.parse(out) as SimulationView).switchLinks.map((link) => Math.round(link.images));

  test("has its names, and each link carries the image once in the order of the switches", async () => {
    const { code, out } = await simulated("--cabling", file, "--image", "1G", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ nodes: 16, switches: 5, finished: 16 });
    expect(Math.max(...images(out))).toBe(1);
    const byName = await simulated("--cabling", file, "--image", "1G", "--order", "name", "--json");
    expect(Math.max(...images(byName.out))).toBe(4);
    const { out: faulty } = await simulated("--cabling", file, "--image", "1G", "--faults", "kill:rack7@30%");
    expect(faulty).toMatch(/^lost: +rack7$/m);
  });

  test("that cannot be used is refused with every problem", async () => {
    const { code, err } = await simulated("--cabling", "/nowhere/cabling.yaml");
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining("Cannot use --cabling /nowhere/cabling.yaml: ENOENT"),
    });
    writeFileSync(file, "links:\n  - a/1 - b/1\n");
    expect((await simulated("--cabling", file)).err).toContain("wants nodes");
    writeFileSync(file, "nodes:\n  n1: a\n  n2:\n");
    expect((await simulated("--cabling", file)).err).toMatch(/line 2: wants .*line 3: wants /);
  });
});
