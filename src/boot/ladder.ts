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
  /** Who asked then. */
  readonly program: BootClient["program"] | undefined;
  /** The loader that it was told, a name among the boot files; empty before the first. */
  readonly loader: string;
  /** Loaders of its row that it fetched and did nothing with. */
  readonly failedLoaders: number;
  /** Boots in a row that ended before a script was fetched. */
  readonly fruitless: number;
  /** The iPXE that was told its script was loaded from here in the same boot. */
  readonly chained: boolean;
  /** Scripts fetched in a row, each soon after the one before, without an agent that called. */
  readonly scripts: number;
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
  /** `notice`: what tells the machine's own screen that nothing it was given helps. */
  readonly give: "loader" | "script" | "notice";
  readonly record: BootRecord;
  /** This very exchange has shown that it does not start what it loaded last. */
  readonly hasFailed: boolean;
};

/** The same firmware that asks sooner was repeating itself. Its next way to boot may ask at once: OVMF refuses half a loader within 10 ms. */
const STARTING_MS = 2000;
/** Whatever a machine does so long after a loader says nothing about the loader: somebody switched it off. */
const FORGET_MS = 10 * 60_000;
/** After so many fruitless boots in a row it is left alone for a while, so that it gets to its next boot entry. */
export const MAX_FRUITLESS = 8;
export const REST_MS = 10 * 60_000;
/** An iPXE that was told its script so often and did not come for it is told why on its screen, by TFTP. */
export const MAX_UNFETCHED = 3;
/** So many scripts in a row that led nowhere are a circle: a disk that does not boot, a ramdisk that restarts. */
export const MAX_SCRIPTS = 8;

const newcomer = (modelFailed: number): BootRecord => ({
  ...{ phase: "started", sinceMs: 0, exchange: -1, program: undefined, loader: "" },
  ...{ failedLoaders: modelFailed, fruitless: 0, chained: false, scripts: 0, replaceRom: false },
});

/** A machine asks what to boot. */
export function onBootAsk(before: BootRecord | undefined, ask: BootAsk): BootStep {
  const known = before ?? newcomer(ask.modelFailed);
  const step = ask.program === "ipxe" ? ipxeAsks(known, ask) : firmwareAsks(known, ask);
  return { ...step, record: { ...step.record, program: ask.program } };
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
  // Within one boot it may ask for it more than once.
  scripts: record.scripts + Number(record.phase !== "started" || nowMs - record.sinceMs >= STARTING_MS),
});

/** Its agent called: it is where it was to go. */
export const onSettled = (record: BootRecord): BootRecord => ({ ...record, scripts: 0 });

function firmwareAsks(before: BootRecord, ask: BootAsk): BootStep {
  const { exchange, nowMs } = ask;
  const age = nowMs - before.sinceMs;
  const record = age < FORGET_MS ? before : { ...before, scripts: 0 };
  if (record.phase === "resting" && age < REST_MS)
    return { give: "notice", record: { ...record, exchange }, hasFailed: false };
  const isOtherWay = record.program !== ask.program;
  const isAnew = exchange !== record.exchange && age < FORGET_MS && (isOtherWay || age >= STARTING_MS);
  const hasFailed = isAnew && record.phase === "loaded";
  // What it loaded runs, and did not get to its script.
  const isFruitless = hasFailed || (isAnew && record.phase === "toldScript" && record.chained);
  const fruitless = record.phase === "resting" ? 0 : record.fruitless + Number(isFruitless);
  const failedLoaders = record.failedLoaders + Number(hasFailed);
  const next = { ...record, exchange, fruitless, failedLoaders, chained: false };
  if (fruitless >= MAX_FRUITLESS)
    return { give: "notice", record: { ...next, phase: "resting", sinceMs: nowMs }, hasFailed };
  return { give: "loader", record: told(next, "toldLoader", nowMs), hasFailed };
}

/** Without a record the ROM is trusted: it gets the script, and a loader of ours only when it does not come for it. */
function ipxeAsks(before: BootRecord, ask: BootAsk): BootStep {
  const { exchange, nowMs, fetchesHttp } = ask;
  const age = nowMs - before.sinceMs;
  const record = age < FORGET_MS ? before : { ...before, fruitless: 0, scripts: 0 };
  if (record.phase === "toldLoader" && exchange === record.exchange)
    return { give: "loader", record, hasFailed: false };
  // The loader that it was given a moment ago asks, and not the ROM.
  if (record.phase === "loaded" && age < FORGET_MS) {
    const give = record.fruitless > MAX_UNFETCHED ? "notice" : "script";
    return {
      give,
      record: { ...told(record, "toldScript", nowMs), exchange, chained: true },
      hasFailed: false,
    };
  }
  return romAsks(record, { age, exchange, nowMs, fetchesHttp });
}

function romAsks(
  record: BootRecord,
  { age, exchange, nowMs, fetchesHttp }: Omit<BootAsk, "program" | "modelFailed"> & { readonly age: number },
): BootStep {
  const isRepeat = exchange === record.exchange || age < STARTING_MS;
  const wasTold = record.phase === "toldScript" || record.phase === "toldLoader";
  const cameBack = !isRepeat && age < FORGET_MS && wasTold;
  const hasFailed = cameBack && record.phase === "toldScript" && record.chained;
  const next = {
    ...record,
    exchange,
    fruitless: record.fruitless + Number(cameBack),
    failedLoaders: record.failedLoaders + Number(hasFailed),
    chained: isRepeat && record.chained,
    replaceRom: !fetchesHttp || record.replaceRom || (cameBack && record.phase === "toldScript"),
  };
  const isLate = next.fruitless > MAX_UNFETCHED;
  const givesLoader = next.replaceRom && !isLate && !(isRepeat && record.phase === "toldScript");
  return givesLoader
    ? { give: "loader", record: told(next, "toldLoader", nowMs), hasFailed }
    : { give: isLate ? "notice" : "script", record: told(next, "toldScript", nowMs), hasFailed };
}

const told = (record: BootRecord, phase: "toldLoader" | "toldScript", nowMs: number): BootRecord => ({
  ...record,
  ...{
    phase,
    sinceMs: record.phase === phase && nowMs - record.sinceMs < STARTING_MS ? record.sinceMs : nowMs,
  },
});
