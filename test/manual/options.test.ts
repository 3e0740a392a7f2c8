/** The manual's list of DHCP options against the table that reads them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { NAMED_OPTIONS, RESERVED_OPTIONS } from "#src/dhcp/option_names.ts";

const page = readFileSync("appliance/manual/cli.md", "utf8");

test("every option that has a name is on the page with its number, other names and what its value is", () => {
  const kinds = new Set(NAMED_OPTIONS.map(({ kind }) => kind));
  const rows = [...kinds].map((kind) => {
    const names = NAMED_OPTIONS.filter((option) => option.kind === kind).map(
      ({ code, name, aliases }) => `\`${name}\` ${code}${aliases ? ` (${aliases.join(", ")})` : ""}`,
    );
    return `| ${kind.wanted} | ${names.join(", ")} |`;
  });
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
});

test("every option that cannot be set is on the page", () => {
  const [, said = ""] = /What Brigade decides itself is refused: ([\d, ]+)\./.exec(page) ?? [];
  expect(said.split(", ").map(Number)).toEqual([...RESERVED_OPTIONS.keys()]);
});
