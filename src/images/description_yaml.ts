/**
 * Reads an image description in YAML, which any stranger may have written. Pure.
 *
 * The document is walked as the parser's tree and never turned into objects: aliases are refused instead of followed,
 * and `__proto__` is an unknown key like any other.
 */
import { LineCounter, parseDocument } from "yaml";
import { lineTooDeep } from "#src/value/yaml_depth.ts";
import type { ImageDescription } from "./description.ts";
import { readBody } from "./description_fields.ts";
import { type DescriptionProblem, DescriptionReader } from "./description_reader.ts";

/** Room for some scripts; larger ones go into an archive. */
export const MAX_DESCRIPTION_CHARACTERS = 128 * 1024;
const MAX_DEPTH = 8;

export type DescriptionRead =
  | { readonly ok: true; readonly description: ImageDescription }
  | { readonly ok: false; readonly problems: readonly DescriptionProblem[] };

export function readDescription(text: string): DescriptionRead {
  const refused = (line: number, wanted: string): DescriptionRead => ({
    ok: false,
    problems: [{ line, column: 1, path: "", wanted }],
  });
  if (text.length > MAX_DESCRIPTION_CHARACTERS)
    return refused(1, `at most ${MAX_DESCRIPTION_CHARACTERS} characters, found ${text.length}`);
  const deep = lineTooDeep(text, MAX_DEPTH * 4);
  if (deep !== undefined) return refused(deep, "no lists and mappings so deep in each other");
  const counter = new LineCounter();
  // Pretty errors and unique keys cost the square of the size; keys are compared here.
  const options = {
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: false,
  } as const;
  const document = parseDocument(text, options);
  const reader = new DescriptionReader(counter);
  for (const { pos, message } of document.errors)
    reader.refuseAt(pos[0], "", `YAML: ${message.split("\n")[0] ?? ""}`);
  const description = document.errors.length > 0 ? {} : readBody(reader, document.contents);
  return reader.problems.length > 0 ? { ok: false, problems: reader.problems } : { ok: true, description };
}
