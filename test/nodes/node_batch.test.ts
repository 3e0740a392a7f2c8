import fc from "fast-check";
import { expect, test } from "vitest";
import type { Node } from "#src/nodes/node.ts";
import { type BatchNode, planBatch } from "#src/nodes/node_batch.ts";
import { NodeIndex } from "#src/nodes/node_index.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const mac = (number: number): Mac => `52:54:00:00:00:0${number}` as Mac;
const address = (number: number): Ipv4 => `10.77.0.${number}` as Ipv4;
const node = (number: number): Node => ({
  ...{ name: `n${number}`, macs: [mac(number)], address: address(number) },
  ...{ status: "registered", kernelArguments: [] },
});
const rules = {
  whyNotAddress: () => undefined,
  whyNotOption: () => undefined,
  isGroup: () => true,
};

/** Whatever a file asks for: what is put fits together with what stays, and each node is put or told. */
test("a plan leaves no name, MAC or address with two nodes", () => {
  const digit = fc.integer({ min: 1, max: 5 });
  const said = fc.record({ name: digit, mac: digit, address: fc.option(digit, { nil: undefined }) });
  const files = fc.record({ file: fc.array(said, { maxLength: 6 }), skipBad: fc.boolean() });
  fc.assert(
    fc.property(files, ({ file, skipBad }) => {
      const asked = file.map(
        (one): BatchNode => ({
          ...{ name: `n${one.name}`, macs: [mac(one.mac)] },
          ...(one.address === undefined ? {} : { address: address(one.address) }),
        }),
      );
      const before = [1, 2, 3].map(node);
      const plan = planBatch({ index: new NodeIndex(before), rules }, asked, {
        ...{ update: true, skipBad, deploymentOf: () => undefined },
      });
      expect(plan.problems.length + plan.put.length).toBe(asked.length);
      // With a problem that is not to be skipped nothing is stored.
      if (plan.problems.length > 0 && !skipBad) return;
      const after = [...before.filter(({ name }) => !plan.remove.includes(name)), ...plan.put];
      const macs = after.flatMap(({ macs }) => macs);
      const addresses = after.flatMap((one) => one.address ?? []);
      for (const list of [after.map(({ name }) => name), macs, addresses])
        expect(new Set(list).size).toBe(list.length);
      // No machine is lost.
      for (const { macs } of before)
        expect(after.flatMap((one) => one.macs)).toEqual(expect.arrayContaining([...macs]));
    }),
  );
});
