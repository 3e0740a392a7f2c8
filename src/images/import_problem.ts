/** Why an import was refused, as data, and the one sentence for each. Pure. */

import { unreachable } from "#src/value/unreachable.ts";
import type { BootLoaderPolicy } from "./description.ts";

/** Which bytes an offset counts: the file as it came, what is in it, or one layer of a container image. */
export type SourceStream = "file" | "unpacked" | `layer ${number}`;

/** Nothing is left of an import that ends with one of these. */
export type ImportProblem =
  | { readonly kind: "badName"; readonly name: string }
  | { readonly kind: "versionTaken"; readonly version: number }
  /** The file or upload could not be read to its end. */
  | { readonly kind: "sourceUnreadable"; readonly detail: string }
  | { readonly kind: "toolMissing"; readonly tool: string; readonly debianPackage: string }
  /** No image, damaged, cut short or of a kind that is not read. `offsetBytes` counts in the bytes that `stream` names. */
  | {
      readonly kind: "badSource";
      readonly stream: SourceStream;
      readonly offsetBytes: number;
      readonly found: string;
    }
  | { readonly kind: "tooLarge"; readonly limitBytes: number }
  | { readonly kind: "bomb"; readonly sourceBytes: number; readonly rawBytes: number }
  /** A container image for other machines. */
  | { readonly kind: "noArchitecture"; readonly wanted: string; readonly found: readonly string[] }
  /** Container images, more than one for these machines. */
  | { readonly kind: "severalImages"; readonly names: readonly string[] }
  | {
      readonly kind: "notBootable";
      readonly missing: readonly string[];
      /** Absent: nobody chose one. */
      readonly policy?: BootLoaderPolicy | undefined;
    }
  /** Files that its description names. */
  | { readonly kind: "namedMissing"; readonly paths: readonly string[] }
  /** The bytes that came are not those that were announced. */
  | { readonly kind: "otherDigest"; readonly wanted: string; readonly found: string }
  | { readonly kind: "diskFull"; readonly directory: string }
  | { readonly kind: "storeFailed"; readonly detail: string }
  | { readonly kind: "cancelled" };

/** One sentence for a person: what was done, what was found, what to do about it. */
export function describeImportProblem(image: string, problem: ImportProblem): string {
  return `Cannot import image "${image}": ${because(problem)}`;
}

function because(problem: ImportProblem): string {
  switch (problem.kind) {
    case "badName":
      return "the name must be 1 to 63 letters, digits, dots, hyphens or underscores";
    case "versionTaken":
      return `version ${problem.version} of it exists; leave the version out, remove it first, or replace it with --replace`;
    case "sourceUnreadable":
      return `the source cannot be read: ${problem.detail}`;
    case "toolMissing":
      return `the program "${problem.tool}" is needed to unpack it; install the package ${problem.debianPackage}`;
    case "badSource":
      return `found ${problem.found} at byte ${problem.offsetBytes} of the ${problem.stream} data; it must be a whole tar of a root, disk (raw or qcow2) or container image, plain or packed`;
    case "tooLarge":
      return `it unpacks to more than the limit of ${problem.limitBytes} bytes`;
    case "bomb":
      return `the first ${problem.sourceBytes} bytes unpack to more than ${problem.rawBytes}, which no system does`;
    case "noArchitecture":
      return `it holds no image for ${problem.wanted}, only for ${problem.found.join(", ") || "no machine"}; say --architecture`;
    case "severalImages":
      return `it holds several images (${problem.names.join(", ")}); save one of them alone`;
    case "notBootable":
      return `it has no ${problem.missing.join(" and no ")}, so no machine could boot it${problem.policy ? ` by ${problem.policy}` : ""}; import a whole system, or say --allow-unbootable`;
    case "namedMissing":
      return `its description names ${problem.paths.join(" and ")}, which it does not hold`;
    case "otherDigest":
      return `its SHA-256 is ${problem.found}, wanted ${problem.wanted}`;
    case "diskFull":
      return `no space left in ${problem.directory}; free some, then import again`;
    case "storeFailed":
      return `it could not be stored: ${problem.detail}`;
    case "cancelled":
      return "it was cancelled";
    default:
      return unreachable(problem);
  }
}

/** Carries a problem out of the depth of a stream. Never leaves the import. */
export class ImportRefused extends Error {
  readonly problem: ImportProblem;

  constructor(problem: ImportProblem) {
    super(problem.kind);
    this.problem = problem;
  }
}
