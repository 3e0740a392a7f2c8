/** The manual's table of what contradicts itself in the fabric, against the code. */
import { expect, test } from "vitest";
import type { Known } from "#src/fabric/merge_model.ts";
import * as notes from "#src/fabric/merge_notes.ts";
import { hostMac } from "#test/fabric/hand_made.ts";
import { Page } from "./sentences.ts";

const switches = ["s1", "s2", "s3"].map(
  (name, index): Known => ({ index, id: name, name, mentions: [], addresses: [] }),
);
const [one, two, three] = [0, 1, 2].map((at) => ({ at, port: "p" })) as [End, End, End];
type End = { readonly at: number; readonly port: string };
const side = { near: one, far: two };

const CONTRADICTIONS = [
  notes.macOnTwoPorts(switches, hostMac(1), [one, two]),
  notes.twoNeighbours(switches, one, [two, three]),
  notes.cdpFromBeyond(switches, one, two, three),
  notes.endsDisagree(switches, side, { near: two, far: one }),
  notes.portTaken(switches, side, [three]),
  notes.tableDisagrees(switches, side, { at: 0, port: "PORT" }),
  notes.machinesBetween(switches, [one, two], 2),
  notes.sameIdentity(switches, 0, 1),
  notes.tooManySwitches(switches, { seen: 3000, loudest: 0 }),
  notes.ring(switches, [one, two], false),
  notes.selfHeard(switches, one, one),
];

/** What the manual calls by one word. */
const shown = (text: string): string =>
  text
    .replaceAll(/"s\d" port "p"/g, "PORT")
    .replaceAll(/"s\d"/g, "SWITCH")
    .replace(hostMac(1), "MAC")
    .replace("both have 2 ", "both have N ")
    .replace("3000 ", "N ");

test("every contradiction is on the page", () => {
  const page = new Page("appliance/manual/messages.md");
  expect(page.missing(CONTRADICTIONS.map(({ text }) => shown(text)))).toEqual([]);
});

test("all sentences are here", () => {
  expect(CONTRADICTIONS).toHaveLength(Object.keys(notes).filter((name) => name !== "nameOf").length);
});
