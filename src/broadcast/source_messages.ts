/** What the appliance's main thread and the thread of its source say to each other. */
import type { ApplianceEvent } from "#src/events/event.ts";
import type { BroadcastOffer, OfferedImage } from "./source.ts";

/** What the thread is asked. Each but `close` is answered under its number. */
export type SourceTask =
  | { readonly kind: "listen"; readonly address: string; readonly port: number }
  /** The offer has the key: it goes to this thread and nowhere else. */
  | { readonly kind: "open"; readonly offer: BroadcastOffer }
  | { readonly kind: "sentBytes"; readonly broadcast: Uint8Array }
  | { readonly kind: "close"; readonly broadcast: Uint8Array }
  /** Lets go of the chunks in memory. */
  | { readonly kind: "release" }
  | { readonly kind: "stop" };

export type SourceTaskMessage = SourceTask & { readonly number: number };

/** Answers by kind of task; the port for `listen`. */
export type SourceAnswers = {
  readonly listen: number;
  readonly open: OfferedImage;
  readonly sentBytes: number;
  readonly close: null;
  readonly release: null;
  readonly stop: null;
};

export type SourceReport =
  | { readonly kind: "done"; readonly number: number; readonly answer: SourceAnswers[keyof SourceAnswers] }
  | {
      readonly kind: "failed";
      readonly number: number;
      readonly problem: string;
      readonly isStartError: boolean;
    }
  | { readonly kind: "event"; readonly event: ApplianceEvent };

/** `workerData` of the thread. */
export type SourceWorkerData = { readonly directory: string };
