import { describeEvent, type LoggedEvent } from "#src/events/event.ts";
import type { EventLog } from "#src/events/event_log.ts";
import type { EventMessage, MissedMessage } from "./event_types.ts";
import { type SseClient, SseStream, sseText } from "./sse.ts";

/** Events of one moment go out together. */
const COLLECT_MS = 50;
/** Some 50 kB: what a client that is about to stall may still be sent. */
const MAX_AT_ONCE = 200;

export type EventStreamOptions = SseClient & { readonly events: Pick<EventLog, "since" | "subscribe"> };

/**
 * Sends every event from now on, or from the one after `Last-Event-ID`.
 *
 * The log itself is the queue of every client, so memory does not grow with
 * slow ones; what the log has forgotten by the time that a client is ready
 * again is told as `missed`.
 */
export function streamEvents({ events, request, response }: EventStreamOptions): void {
  const stream = new SseStream({ request, response });
  /** `undefined`: nothing has happened yet, so nothing can be missed. */
  let last = lastEventId(request.headers["last-event-id"]) ?? events.since(0).at(-1)?.sequence;
  let timer: NodeJS.Timeout | undefined;
  const sendNew = (): void => {
    timer = undefined;
    while (stream.isReady) {
      const fresh = events.since(last ?? 0).slice(0, MAX_AT_ONCE);
      if (fresh.length === 0) return;
      stream.send(batchOf(fresh, last));
      last = fresh.at(-1)?.sequence;
    }
  };
  const soon = (): void => {
    timer ??= setTimeout(sendNew, COLLECT_MS);
  };
  const unsubscribe = events.subscribe(soon);
  stream.onReady(soon);
  stream.onClose(() => {
    unsubscribe();
    clearTimeout(timer);
  });
  sendNew();
}

/** Numbers that this log can have given; anything else counts as not said. */
function lastEventId(header: string | string[] | undefined): number | undefined {
  return typeof header === "string" && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

/** By the last event in it: clients that keep up all want the same bytes, and share them. */
const batches = new WeakMap<LoggedEvent, { readonly before: number | undefined; readonly bytes: Buffer }>();

/** @param before the sequence number that the client has seen last */
function batchOf(fresh: readonly LoggedEvent[], before: number | undefined): Buffer {
  const lastEvent = fresh.at(-1);
  const made = lastEvent && batches.get(lastEvent);
  if (made && made.before === before) return made.bytes;
  const missed = missedText(fresh[0]?.sequence, before);
  const bytes = Buffer.from(missed + fresh.map(textOf).join(""));
  if (lastEvent) batches.set(lastEvent, { before, bytes });
  return bytes;
}

/** What the log has forgotten is always older than what it still has, so only the first can follow a gap. */
function missedText(sequence: number | undefined, before: number | undefined): string {
  if (sequence === undefined || before === undefined || sequence <= before + 1) return "";
  return sseText("missed", JSON.stringify({ after: before, before: sequence } satisfies MissedMessage));
}

function textOf({ sequence, atMs, event }: LoggedEvent): string {
  const message: EventMessage = { sequence, atMs, kind: event.kind, sentence: describeEvent(event), event };
  return sseText("event", JSON.stringify(message), sequence);
}
