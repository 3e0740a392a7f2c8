import { readFileSync } from "node:fs";

/** The rows of a table that the C agent is tested with too: cells by tab, `-` for nothing. */
export const readVectors = (name: string): readonly (readonly string[])[] =>
  readFileSync(`test/vectors/${name}`, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t").map((cell) => (cell === "-" ? "" : cell)));

export const fromHex = (text = ""): Buffer => Buffer.from(text, "hex");
