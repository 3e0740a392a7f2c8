import { expect, test } from "vitest";
import { describeOrder } from "#src/fabric/order_text.ts";
import type { MadeFabric } from "./made_fabric.ts";
import { at, orderOf, set, uplink } from "./order_helpers.ts";

test("the explanation reads as a person would say it", () => {
  const fabric: MadeFabric = {
    links: [uplink("e1", 1000), uplink("e2"), { ends: "e1/ring - e2/ring", speedMbit: 10 }],
    at: { appliance: ["core/a", 10_000], ...at("n[1,3]", "e1"), ...at("n[2,4]", "e2", 10_000), n5: "core/5" },
    ports: { "e1/up": { inErrors: 500_000, duplex: "half" } },
  };
  expect(describeOrder(orderOf(fabric, { nodes: set("n[1-5],x[1-3]") }))).toMatchInlineSnapshot(`
    "From the appliance at core port a, 10 Gbit/s:
      1. core: 1 node (n5), 5 with those below; the appliance is here
        2. e2, over core port e2, 10 Gbit/s: 2 nodes (n[2,4]); before e1, because it is good for 10 Gbit/s and that for 50 Mbit/s
        3. e1, over core port e1, 1 Gbit/s: 2 nodes (n[1,3]); behind e2, because it is good for 50 Mbit/s and that for 10 Gbit/s
           e1 port up has counted 500000 broken packets: it counts as a tenth of its speed, 100 Mbit/s at most
           e1 port up runs at half duplex: it counts as half of its speed
    Chain 1: 8 nodes, n5 to x3; all of it at 50 Mbit/s or faster, about 6 MB/s
      10 Gbit/s from n5 on: the appliance's link
      50 Mbit/s from n1 on: the link at core port e1
    A link between switches carries the image at most once in each direction; by name it would be twice.
    Not seen at any switch, therefore by name and behind all others: x[1-3]
    Not used, because it closes a ring: e1 port ring - e2 port ring
    "
  `);
});

test("nothing known is said in one line, and names cannot act on a terminal", () => {
  expect(describeOrder(orderOf({}, { nodes: ["n1"] }))).toBe(
    "Nobody saw where any of these nodes is plugged in: they go by name.\nChain 1: 1 node, n1 to n1; no speed is known\n",
  );
  const hostile = "sw\u001b[31m\n";
  expect(
    describeOrder(orderOf({ at: { appliance: `${hostile}/1`, n1: `${hostile}/\u0007` } }, { nodes: ["n1"] })),
  ).not.toMatch(/[^\n\P{Cc}]/u);
});
