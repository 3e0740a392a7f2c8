/** Sizes, rates and fault scripts as people write them. Pure. */
import type { Fault, FaultKind, Target } from "./scenario.ts";

/** Not what was wanted; the message says what was. */
export class ScenarioFault extends Error {
  override readonly name = "ScenarioFault";
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const AMOUNT = /^(\d+(?:\.\d+)?)\s*([kMGT]?)(?:B|bit|bit\/s)?$/;

/** `2G`, `500M`: bytes, in decimal units. @throws {ScenarioFault} */
export function readSize(text: string, option: string): number {
  const [, number, unit] = AMOUNT.exec(text) ?? [];
  const value = Number(number) * (UNITS[unit ?? ""] ?? Number.NaN);
  if (!(value > 0)) throw new ScenarioFault(`Cannot use --${option} ${text}: wants a size, for example 2G`);
  return value;
}

/** `1G`, `100M`: bits a second. @returns Mbit/s @throws {ScenarioFault} */
export function readRateMbit(text: string, option: string): number {
  const [, number, unit] = AMOUNT.exec(text) ?? [];
  const value = Number(number) * (UNITS[unit ?? ""] ?? Number.NaN);
  if (!(value > 0))
    throw new ScenarioFault(`Cannot use --${option} ${text}: wants bits a second, for example 1G`);
  return value / 1e6;
}

/** @throws {ScenarioFault} */
export function readCount(
  text: string,
  option: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new ScenarioFault(`Cannot use --${option} ${text}: wants a whole number from ${min} to ${max}`);
  return value;
}

const DEFAULT_FOR_SEC = {
  stop: undefined,
  down: undefined,
  reboot: 10,
  hiccup: 0.1,
  starve: 0.3,
  restart: 3,
} as const;
const DEFAULT_SHARE = { slow: 0.2, disk: 0.2, flip: 0.05 } as const;
export const FAULT_HELP: string =
  "KIND:NODES[:NUMBER][@WHEN], NODES a name or how many, WHEN such as 40% or 5s. Kinds: kill, off, stop:NODES[:SEC], " +
  "down:NODES[:SEC], reboot:NODES[:SEC], flap:NODES[:TIMES], slow:NODES[:SHARE], disk:NODES[:SHARE], flip:NODES[:SHARE], hiccup:NODES[:SEC], starve:NODES[:SEC], " +
  "late:NODES, restart[:SEC]";

/** `kill:3,slow:node7:0.2@40%`. @throws {ScenarioFault} */
export function readFaults(text: string): readonly Fault[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(readFault);
}

function readFault(text: string): Fault {
  const refuse = (): never => {
    throw new ScenarioFault(`Cannot use --faults ${text}: wants ${FAULT_HELP}`);
  };
  const [, body = "", when] = /^([^@]+)(?:@(.+))?$/.exec(text) ?? [];
  const [kind = "", ...words] = body.split(":");
  const [whom = "1", number] = kind === "restart" ? ["1", ...words] : words;
  const value = number === undefined ? undefined : Number(number);
  const what = (value === undefined || value >= 0) && words.length <= 2 ? readKind(kind, value) : undefined;
  const at = readWhen(when);
  if (!what || at === "bad" || whom === "") return refuse();
  return { ...what, target: readTarget(whom), at };
}

const readTarget = (text: string): Target =>
  /^\d{1,6}$/.test(text) ? { count: Number(text) } : { node: text };

function readKind(kind: string, value: number | undefined): FaultKind | undefined {
  switch (kind) {
    case "kill":
    case "off":
    case "late":
      return value === undefined ? { kind } : undefined;
    case "stop":
    case "down":
      return { kind, forMs: value === undefined ? undefined : value * 1000 };
    case "reboot":
    case "hiccup":
    case "starve":
    case "restart":
      return { kind, forMs: (value ?? DEFAULT_FOR_SEC[kind]) * 1000 };
    case "flap":
      return { kind, times: value ?? 5 };
    case "slow":
    case "disk":
    case "flip":
      return value === undefined || (value > 0 && value <= 1)
        ? { kind, share: value ?? DEFAULT_SHARE[kind] }
        : undefined;
    default:
      return undefined;
  }
}

function readWhen(text: string | undefined): Fault["at"] | "bad" {
  if (text === undefined) return undefined;
  const [, number, unit] = /^(\d+(?:\.\d+)?)(%|s)$/.exec(text) ?? [];
  if (number === undefined) return "bad";
  return unit === "%" ? { share: Number(number) / 100 } : { ms: Number(number) * 1000 };
}
