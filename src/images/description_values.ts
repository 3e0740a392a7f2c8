/** Reads the texts in an image description, one function for each kind of value. Pure. */
import { isKernelArgument } from "#src/value/kernel_argument.ts";

export type Read<T> = { readonly value: T } | { readonly wanted: string };
export type ReadText<T> = (text: string) => Read<T>;

const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i;
const STEP_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const DIGEST = /^(?:sha256:)?([0-9a-f]{64})$/;
/** What may stand in a path that gets into boot menus: no space, quote, $ or wildcard. */
const PATH = /^[A-Za-z0-9._+~@:/-]{1,255}$/;
const HTTP_PATH = /^\/[!-~]{0,254}$/;
/** No control characters and none that turn the line around: it ends up in terminals and pages. */
const LINE = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u;
const SIZE = /^(\d{1,15}(?:\.\d{1,6})?) ?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/;
const MAX_SIZE_BYTES = 2 ** 50;
const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["kB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
  ["KiB", 2 ** 10],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
  ["TiB", 2 ** 40],
]);

/** The kernel takes 128 KiB in one environment variable, by which it reaches the node. */
const MAX_SCRIPT_BYTES = 100_000;

/** Later than any version that a person counts up to. */
export const MAX_IMAGE_VERSION = 999_999_999;

export function readName(text: string): Read<string> {
  if (NAME.test(text) && !text.includes("..")) return { value: text };
  return { wanted: "1 to 63 letters, digits, dots, hyphens or underscores" };
}

export function readStepName(text: string): Read<string> {
  if (STEP_NAME.test(text)) return { value: text };
  return { wanted: "1 to 40 small letters, digits or hyphens" };
}

export function readDigest(text: string): Read<string> {
  const [, digest] = DIGEST.exec(text) ?? [];
  return digest ? { value: digest } : { wanted: "the SHA-256 of an archive in the store, 64 hex digits" };
}

/** @returns it without leading slash */
export function readPath(text: string): Read<string> {
  const path = text.replace(/^(?:\.?\/)+/, "");
  const isPath = PATH.test(path) && !path.split("/").some((part) => part === ".." || part === "");
  return isPath ? { value: path } : { wanted: "a path in the image, of letters, digits and ._+~@:/- only" };
}

export function readHttpPath(text: string): Read<string> {
  return HTTP_PATH.test(text) ? { value: text } : { wanted: "a path that begins with a slash" };
}

export function readKernelArgument(text: string): Read<string> {
  if (isKernelArgument(text)) return { value: text };
  return {
    wanted:
      "kernel arguments without quotes, line ends or characters that act in a shell or boot loader, none that begins with brigade.",
  };
}

export const integer =
  (min: number, max: number): ReadText<number> =>
  (text) => {
    const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? { value } : { wanted: `a whole number from ${min} to ${max}` };
  };

export function yesOrNo(text: string): Read<boolean> {
  return text === "true" || text === "false" ? { value: text === "true" } : { wanted: "true or false" };
}

export const oneOf =
  <T extends string>(...values: readonly T[]): ReadText<T> =>
  (text) => {
    const value = values.find((one) => one === text);
    return value === undefined ? { wanted: `one of ${values.join(", ")}` } : { value };
  };

/** One line for people. */
export const line =
  (maxCharacters: number): ReadText<string> =>
  (text) =>
    text.length > 0 && text.length <= maxCharacters && LINE.test(text)
      ? { value: text }
      : { wanted: `one line of 1 to ${maxCharacters} characters` };

/** Lines for people. */
export const lines =
  (maxCharacters: number): ReadText<string> =>
  (text) => {
    const isText = text.length <= maxCharacters && text.split("\n").every((one) => LINE.test(one));
    return isText && text.trim() !== ""
      ? { value: text.trimEnd() }
      : { wanted: `a text of 1 to ${maxCharacters} characters without control characters` };
  };

/** The kernel reads `#!` and nothing before it. */
export function readScript(text: string): Read<string> {
  const isShort = new TextEncoder().encode(text).length <= MAX_SCRIPT_BYTES;
  if (text.startsWith("#!") && !text.includes("\0") && isShort) return { value: text };
  return {
    wanted: `a script that begins with #!, of at most ${MAX_SCRIPT_BYTES} bytes, or the path of one in an archive`,
  };
}

export function readSize(text: string): Read<number> {
  const [, count = "", unit = "B"] = SIZE.exec(text) ?? [];
  const bytes = Math.ceil(Number(count) * (UNIT_BYTES.get(unit) ?? Number.NaN));
  if (bytes > 0 && bytes <= MAX_SIZE_BYTES) return { value: bytes };
  return { wanted: "a size like 8 GB or 512 MiB, at most 1024 TiB" };
}
