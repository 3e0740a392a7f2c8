import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { drawGraph } from "#src/fabric/graphviz.ts";
import { HOSTILE } from "./dot_grammar.ts";
import { madeFabric } from "./made_fabric.ts";

const dot = (input: string) => spawnSync("dot", ["-Tcanon"], { input, encoding: "utf8", timeout: 20_000 });
const isThere = dot("graph x {}").status === 0;

test.skipIf(!isThere)(
  "the real dot takes a graph, and hostile names stay what they are (skipped where Graphviz is not installed)",
  () => {
    const name = HOSTILE.join("");
    const made = madeFabric({
      links: [{ ends: "a/1 - b/1", speedMbit: 1000 }],
      at: { appliance: "a/a", node1: "b/2" },
    });
    const switches = made.switches.map((one) => ({ ...one, name: `${name}${one.id}` }));
    const { status, stdout, stderr } = dot(drawGraph({ ...made, switches }, { appliance: "appliance" }));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    // Two switches, two machines, three lines between them: nothing that a name has said.
    expect(stdout.match(/^\t\S+ {2,}\[|^\t\S+\t\[|^\t\S+ -- \S+/gm)).toHaveLength(7);
  },
);
