/** The manual's table of cabling findings against the code. */
import { expect, test } from "vitest";
import { describeCablingProblem } from "#src/fabric/cabling.ts";
import type { CablingFact } from "#src/fabric/cabling_types.ts";
import { describeFact } from "#src/fabric/check_text.ts";
import { N, shown } from "./samples.ts";
import { Page } from "./sentences.ts";

const page = new Page("appliance/manual/messages.md");

type Samples = { readonly [K in CablingFact["kind"]]: readonly Extract<CablingFact, { kind: K }>[] };

const missing = { kind: "nodeMissing", node: "NODE", at: "PLACE" } as const;
const moved = { kind: "nodeMoved", node: "NODE", at: "PLACE", seenAt: "PLACE" } as const;
const slow = { kind: "slow", what: "WHAT", speedMbit: 1000, wantedMbit: 10_000 } as const;
const lossy = { kind: "lossy", what: "PLACE", inErrors: N } as const;

/** A new kind does not compile until it has one; a contradiction is in the words of the scan. */
const FACTS = {
  nodeMissing: [
    { ...missing, isDown: false },
    { ...missing, isDown: true },
  ],
  nodeMoved: [moved, { ...moved, instead: "OTHER" }],
  nodeUnexpected: [{ kind: "nodeUnexpected", node: "NODE", seenAt: "PLACE" }],
  linkMissing: [
    { kind: "linkMissing", link: "LINK", isDown: false },
    { kind: "linkMissing", link: "LINK", isDown: true },
  ],
  linkMoved: [{ kind: "linkMoved", link: "LINK", seen: "LINK" }],
  linkUnexpected: [{ kind: "linkUnexpected", seen: "LINK" }],
  unverified: [{ kind: "unverified", what: "WHAT", name: "SWITCH" }],
  unknownSwitch: [{ kind: "unknownSwitch", name: "SWITCH" }],
  ambiguousSwitch: [{ kind: "ambiguousSwitch", name: "SWITCH", count: N }],
  unknownPort: [{ kind: "unknownPort", name: "SWITCH", port: "PORT" }],
  ambiguousPort: [{ kind: "ambiguousPort", name: "SWITCH", port: "PORT", like: ["PORT", "PORT"] }],
  slow: [
    { ...slow, because: "file" },
    { ...slow, because: "siblings" },
    { ...slow, because: "portName" },
  ],
  halfDuplex: [{ kind: "halfDuplex", what: "PLACE" }],
  duplexMismatch: [{ kind: "duplexMismatch", half: "PLACE", full: "PLACE" }],
  oneWay: [{ kind: "oneWay", link: "LINK", by: "SWITCH", deaf: "OTHER" }],
  lossy: [
    { ...lossy, since: "start" },
    { ...lossy, since: "lastScan" },
  ],
  discards: [{ kind: "discards", what: "PLACE", inDiscards: N }],
  cableDown: [{ kind: "cableDown", link: "LINK", of: N + 1, down: ["LINK"] }],
  silentSwitch: [
    { kind: "silentSwitch", name: "SWITCH", isPartial: false },
    { kind: "silentSwitch", name: "SWITCH", isPartial: true },
  ],
  contradiction: [],
} satisfies Samples;

test("every finding about cabling is on the page", () => {
  const sentences = Object.values(FACTS)
    .flat()
    .map((fact) =>
      shown(describeFact(fact))
        .replaceAll(/10? Gbit\/s/g, "SPEED")
        .replace(String(N + 1), "N"),
    );
  expect(sentences).toHaveLength(26);
  expect(page.missing(sentences)).toEqual([]);
});

test("what is wrong with a cabling file is on the page", () => {
  expect(page.missing([shown(describeCablingProblem("FILE", { line: N, wanted: "WANTED" }))])).toEqual([]);
});
