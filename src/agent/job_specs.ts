/** How the end of a run and of a receive is recognised, and what is told on the way. */

import type { ReceiveProgress } from "./job_state.ts";
import type { JobMessage, JobSpec } from "./jobs.ts";
import type { Exited, Received } from "./messages.ts";
import { OutputTail } from "./output_tail.ts";
import type { ReceiveRequest, RunRequest } from "./requests.ts";

/** The boot that a job belongs to, where it matters: in another boot it fails at once. */
export type InBoot = { readonly bootId?: string | undefined };

export type RunResult = Exited & {
  /** The last 64 KiB of both streams, as they came. */
  readonly outputTail: string;
};

export type RunListener = {
  readonly onOutput?: ((stream: "stdout" | "stderr", bytes: Uint8Array) => void) | undefined;
};

export type ReceiveListener = {
  /** The node serves this broadcast now. May be called again after a reconnect. */
  readonly onListening?: ((port: number) => void) | undefined;
  /** Once a second while it runs. */
  readonly onProgress?: ((progress: ReceiveProgress) => void) | undefined;
  /** The node found `chunk` damaged although `upstream` (`ADDRESS:PORT`) had vouched for it. */
  readonly onBadChunk?: ((chunk: number, upstream: string) => void) | undefined;
};

export function runSpec(
  { bootId, ...request }: RunRequest & InBoot,
  { onOutput }: RunListener,
): JobSpec<RunResult> {
  const tail = new OutputTail();
  const take = (message: JobMessage): RunResult | undefined => {
    if (message.kind === "output") {
      tail.push(message.bytes);
      onOutput?.(message.stream, message.bytes);
    }
    if (message.kind !== "exited") return undefined;
    const { code, signal, timedOut, error } = message;
    return { code, signal, timedOut, error, outputTail: tail.text() };
  };
  return { request: { kind: "run", ...request }, bootId, take };
}

export function receiveSpec(
  { bootId, ...request }: ReceiveRequest & InBoot,
  { onListening, onProgress, onBadChunk }: ReceiveListener,
): JobSpec<Received> {
  const take = (message: JobMessage): Received | undefined => {
    if (message.kind === "listening") onListening?.(message.port);
    if (message.kind === "progress") onProgress?.(message);
    if (message.kind === "badChunk") onBadChunk?.(message.chunk, message.upstream);
    if (message.kind !== "received") return undefined;
    const { kind, id, ...received } = message;
    return received;
  };
  return { request: { kind: "receive", ...request }, bootId, take };
}
