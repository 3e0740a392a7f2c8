import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
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
    io: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      ...{ terminal: undefined, env: {}, stdin: new PassThrough(), stdout: new PassThrough() },
      onInterrupt: () => () => {},
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
