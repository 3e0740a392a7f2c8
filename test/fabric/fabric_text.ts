/** A graph in words, for tests to compare. */
import type { Fabric } from "#src/fabric/graph.ts";

/** `s1 p1 - s2 p1, certain`, so that a list of links reads like one. */
export const linksOf = (fabric: Fabric): readonly string[] => {
  const name = (id: string): string => fabric.switches.find((one) => one.id === id)?.name ?? id;
  return fabric.links.map(
    ({ ends, confidence }) =>
      `${ends.map((end) => `${name(end.switch)} ${end.port ?? "?"}`).join(" - ")}, ${confidence}`,
  );
};

export const kindsOf = (fabric: Fabric): readonly string[] => fabric.contradictions.map(({ kind }) => kind);
