import fc from "fast-check";
import { expect, test } from "vitest";
import { expectedFrom } from "#src/fabric/cabling_write.ts";
import { checkCabling } from "#src/fabric/check.ts";
import type { Fabric } from "#src/fabric/graph.ts";
import { cabling } from "./check_helpers.ts";
import { fabricOfTree, randomTree } from "./random_tree.ts";

test("a fabric agrees with the file that was written of it", () => {
  fc.assert(
    fc.property(randomTree, (tree) => {
      const fabric = fabricOfTree(tree);
      const findings = checkCabling(fabric, cabling(expectedFrom(fabric)), { unexpected: true });
      expect(findings.filter(({ fact }) => fact.kind !== "slow" || fact.because === "file")).toEqual([]);
    }),
  );
});

test("a node that is taken out of a fabric is missing, one that is put elsewhere has moved, and nothing else", () => {
  fc.assert(
    fc.property(randomTree, fc.nat(), (tree, pick) => {
      const fabric = fabricOfTree(tree);
      const file = cabling(expectedFrom(fabric));
      const victim = `n${pick % tree.switchOf.length}`;
      const without = {
        ...fabric,
        attachments: fabric.attachments.filter(({ endpoint }) => endpoint !== victim),
      };
      const wrong = (after: Fabric) =>
        checkCabling(after, file).flatMap(({ fact, node }) =>
          fact.kind === "slow" ? [] : `${fact.kind} ${node}`,
        );
      expect(wrong(without)).toEqual([`nodeMissing ${victim}`]);
      const at = { switch: "s0", port: "somewhere" };
      const moved = fabric.attachments.map((one) => (one.endpoint === victim ? { ...one, at } : one));
      expect(wrong({ ...fabric, attachments: moved })).toEqual([`nodeMoved ${victim}`]);
    }),
  );
});
