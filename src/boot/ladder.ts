/**
 * What one machine's boots so far say about the next: which loader it cannot start, whether the iPXE
 * that asks is the one in its card or the one that it was just given, and whether it goes in circles.
 *
 * The wire does not tell: undionly.kpxe and the ROM that loaded it send the same options, and a
 * loader that hangs looks like a machine that was switched off. What was fetched, and what came
 * after it, does tell. Pure: (record, what happened, time) to (answer, record).
 */
import type { BootClient } from "./choice.ts";

export type BootRecord = {
  /** `loaded`: it has the whole loader. `started`: a script or configuration was asked for, so what it loaded works. */
  readonly phase: "toldLoader" | "loaded" | "toldScript" | "started" | "resting";
  /** When the phase began. */
  readonly sinceMs: number;
  /** Transaction id of the exchange that was answered last: its repeats get the same answer. */
  readonly exchange: number;
  /** The loader that it was told, a name among the boot files; empty before the first. */
  readonly loader: string;
  /** Loaders of its row that it fetched and did nothing with. */
  readonly failedLoaders: number;
  /** Boots in a row that ended before a script was fetched. */
  readonly fruitless: number;
  /** The iPXE in its card cannot fetch scripts, so it gets a loader of ours first. */
  readonly replaceRom: boolean;
};

export type BootAsk = Pick<BootClient, "program" | "exchange"> & {
  /** An iPXE without HTTP cannot fetch a script; it says so in option 175. */
  readonly fetchesHttp: boolean;
  readonly nowMs: number;
  /** What other machines of its model have shown; where its own boots begin. */
  readonly modelFailed: number;
};

export type BootStep = {
  readonly give: "loader" | "script" | "nothing";
  readonly record: BootRecord;
  /** This very exchange has shown that it does not start what it loaded last. */
  readonly hasFailed: boolean;
};

/** Firmware that asks sooner was repeating itself: no loader gives up that fast. */
const STARTING_MS = 2000;
/** Whatever a machine does so long after a loader says nothing about the loader: somebody switched it off. */
const FORGET_MS = 10 * 60_000;
/** After so many fruitless boots in a row it is left alone for a while, so that it gets to its next boot entry. */
export const MAX_FRUITLESS = 8;
export const REST_MS = 10 * 60_000;
/** Then it gets the script again, however often that failed: its screen says more than silence. */
const MAX_ROM_CHAINS = 3;

const newcomer = (modelFailed: number): BootRecord => ({
  ...{ phase: "started", sinceMs: 0, exchange: -1, loader: "" },
  ...{ failedLoaders: modelFailed, fruitless: 0, replaceRom: false },
});

/** A machine asks what to boot. */
export function onBootAsk(before: BootRecord | undefined, ask: BootAsk): BootStep {
  const record = before ?? newcomer(ask.modelFailed);
  return ask.program === "ipxe" ? ipxeAsks(record, ask) : firmwareAsks(record, ask);
}

/** It has fetched a whole file of this name. */
export const onFetched = (record: BootRecord, file: string, nowMs: number): BootRecord =>
  record.phase === "toldLoader" && record.loader === file
    ? { ...record, phase: "loaded", sinceMs: nowMs }
    : record;

/** It asked for its script or configuration: what it loaded works. */
export const onStarted = (record: BootRecord, nowMs: number): BootRecord => ({
  ...record,
  ...{ phase: "started", sinceMs: nowMs, fruitless: 0 },
});

function firmwareAsks(record: BootRecord, ask: BootAsk): BootStep {
  const { exchange, nowMs } = ask;
  const age = nowMs - record.sinceMs;
  if (record.phase === "resting" && age < REST_MS)
    return { give: "nothing", record: { ...record, exchange }, hasFailed: false };
  const hasFailed =
    record.phase === "loaded" && exchange !== record.exchange && age >= STARTING_MS && age < FORGET_MS;
  const fruitless = record.phase === "resting" ? 0 : record.fruitless + Number(hasFailed);
  const failedLoaders = record.failedLoaders + Number(hasFailed);
  const next = { ...record, exchange, fruitless, failedLoaders };
  if (fruitless >= MAX_FRUITLESS)
    return { give: "nothing", record: { ...next, phase: "resting", sinceMs: nowMs }, hasFailed };
  return { give: "loader", record: told(next, "toldLoader", nowMs), hasFailed };
}

/** Without a record the ROM is trusted: it gets the script, and a loader of ours only when it does not come for it. */
function ipxeAsks(record: BootRecord, ask: BootAsk): BootStep {
  const { exchange, nowMs, fetchesHttp } = ask;
  const age = nowMs - record.sinceMs;
  if (record.phase === "toldLoader" && exchange === record.exchange)
    return { give: "loader", record, hasFailed: false };
  // The loader that it was given a moment ago asks, and not the ROM.
  if (record.phase === "loaded" && age < FORGET_MS)
    return { give: "script", record: { ...told(record, "toldScript", nowMs), exchange }, hasFailed: false };
  const isRepeat = exchange === record.exchange || age < STARTING_MS;
  const cameBack =
    !isRepeat && age < FORGET_MS && (record.phase === "toldScript" || record.phase === "toldLoader");
  const fruitless = record.fruitless + Number(cameBack);
  const replaceRom = !fetchesHttp || record.replaceRom || (cameBack && record.phase === "toldScript");
  const next = { ...record, exchange, fruitless, replaceRom };
  const giveLoader =
    replaceRom && fruitless <= MAX_ROM_CHAINS && !(isRepeat && record.phase === "toldScript");
  return giveLoader
    ? { give: "loader", record: told(next, "toldLoader", nowMs), hasFailed: false }
    : { give: "script", record: told(next, "toldScript", nowMs), hasFailed: false };
}

const told = (record: BootRecord, phase: "toldLoader" | "toldScript", nowMs: number): BootRecord => ({
  ...record,
  ...{
    phase,
    sinceMs: record.phase === phase && nowMs - record.sinceMs < STARTING_MS ? record.sinceMs : nowMs,
  },
});
