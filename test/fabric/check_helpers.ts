/** Short ways to check fabrics and to read what is found. */
import { readCabling } from "#src/fabric/cabling.ts";
import type { CablingFinding, ExpectedCabling } from "#src/fabric/cabling_types.ts";
import { type CheckOptions, checkCabling } from "#src/fabric/check.ts";
import type { Fabric } from "#src/fabric/graph.ts";
import { type MadeFabric, madeFabric } from "./made_fabric.ts";

export const cabling = (text: string): ExpectedCabling => {
  const read = readCabling(text);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.cabling;
};
export const told = (findings: readonly CablingFinding[]): readonly string[] =>
  findings.map(({ severity, text, line }) => `${severity}${line === undefined ? "" : ` ${line}`}: ${text}`);
export const check = (made: MadeFabric | Fabric, text?: string, options?: CheckOptions): readonly string[] =>
  told(
    checkCabling(
      "takenAtMs" in made ? made : madeFabric(made),
      text === undefined ? undefined : cabling(text),
      options,
    ),
  );
export const known = (
  fabric: Fabric,
  id: string,
  knowledge: Fabric["switches"][number]["knowledge"],
): Fabric => ({
  ...fabric,
  switches: fabric.switches.map((one) => (one.id === id ? { ...one, knowledge } : one)),
});

export const RACK: MadeFabric = {
  links: [
    { ends: "core/1 - e1/49", speedMbit: 10_000 },
    { ends: "core/2 - e2/49", speedMbit: 10_000 },
  ],
  at: { appliance: "core/a", n1: ["e1/Gi1/0/1", 1000], n2: ["e1/Gi1/0/2", 1000], n3: ["e2/Gi1/0/3", 1000] },
  ports: { "e1/Gi1/0/9": { isUp: false } },
};
