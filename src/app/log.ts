import { destination, pino } from "pino";
import { type ApplianceEvent, describeEvent } from "#src/events/event.ts";
import { inertLine } from "#src/value/inert_line.ts";

/** Where the program says what it does: one line each, whatever a stranger put into a host name. */
export type Log = {
  readonly say: (sentence: string) => void;
  readonly event: (event: ApplianceEvent) => void;
  readonly fault: (doing: string, fault: unknown) => void;
};

/** Sentences for a person who watches, JSON lines for everything else. */
export function openLog({ isTerminal }: { readonly isTerminal: boolean }): Log {
  return isTerminal
    ? terminalLog(
        (line) => process.stdout.write(line),
        () => new Date(),
      )
    : jsonLog(destination(1));
}

/** @param write takes whole lines */
export function terminalLog(write: (line: string) => unknown, now: () => Date): Log {
  const say = (sentence: string): void =>
    void write(`${now().toISOString().slice(11, 19)} ${inertLine(sentence)}\n`);
  return {
    say,
    event: (event) => say(describeEvent(event)),
    fault: (doing, fault) =>
      say(`${doing}: ${fault instanceof Error ? (fault.stack ?? fault.message) : fault}`),
  };
}

/**
 * JSON escapes new lines and ESC, but not C1 controls and bidirectional overrides; what this makes of them is JSON too.
 *
 * @param out takes whole lines
 */
export function jsonLog(out: { readonly write: (line: string) => unknown }): Log {
  const logger = pino(
    { base: null, messageKey: "message", timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => void out.write(`${inertLine(line.trimEnd())}\n`) },
  );
  return {
    say: (sentence) => logger.info(sentence),
    event: (event) => logger.info({ event }, describeEvent(event)),
    fault: (doing, fault) => logger.error({ err: fault }, doing),
  };
}
