/** Who changed what: one event for each call that may change something, without its body. */
import { CallCounts } from "#src/access/call_counts.ts";
import type { RecordEvent } from "#src/events/event.ts";
import type { Api } from "./api.ts";

const COUNTED_EVERY_MS = 60_000;
const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);
const MAX_PATH_LENGTH = 200;

/** Hears every request from now on that somebody made who was let in. */
export function auditCalls(api: Api, record: RecordEvent): void {
  const counts = new CallCounts();
  const tellCounted = (): void => {
    for (const { who, times } of counts.drain()) record({ kind: "apiCallsCounted", who, times });
  };
  const timer = setInterval(tellCounted, COUNTED_EVERY_MS).unref();
  api.addHook("onClose", async () => {
    clearInterval(timer);
    tellCounted();
  });
  api.addHook("onResponse", async ({ method, url, principal, routeOptions }, { statusCode: status }) => {
    // Where there is no route nothing can have been changed, and before anybody was let in nobody is known.
    if (READS.has(method) || !principal || !routeOptions.config.right) return;
    const kind = status === 403 ? "apiRefused" : "apiCalled";
    const { name: who, role } = principal;
    if (!counts.take(who, kind, performance.now())) return;
    const path = (url.split("?")[0] ?? "").slice(0, MAX_PATH_LENGTH);
    record({ kind, who, role, method, path, status });
  });
}
