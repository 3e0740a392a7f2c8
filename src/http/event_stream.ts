import { describeEvent, type LoggedEvent } from "#src/events/event.ts";
import type { EventLog } from "#src/events/event_log.ts";
import type { EventMessage, MissedMessage } from "./api_types.ts";
import { type SseClient, SseStream } from "./sse.ts";

/** Events of one moment go out together. */
const COLLECT_MS = 50;

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
  let last = lastEventId(request.headers["last-event-id"]) ?? newest(events);
  let timer: NodeJS.Timeout | undefined;
  const sendNew = (): void => {
    timer = undefined;
    for (const logged of events.since(last)) {
      if (!stream.isReady) return;
      const count = logged.sequence - last - 1;
      if (count > 0) stream.send("missed", { count } satisfies MissedMessage);
      last = logged.sequence;
      stream.send("event", messageOf(logged), logged.sequence);
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

const newest = (events: Pick<EventLog, "since">): number => events.since(0).at(-1)?.sequence ?? 0;

const messageOf = ({ sequence, atMs, event }: LoggedEvent): EventMessage => ({
  sequence,
  atMs,
  kind: event.kind,
  sentence: describeEvent(event),
  event,
});
