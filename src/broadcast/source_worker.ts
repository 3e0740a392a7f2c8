/**
 * The thread that feeds nodes: sockets of the data protocol, chunks in memory and their digests. Only what it is told to
 * open is here of the appliance's secrets.
 */
import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { StoredImageReader } from "#src/images/stored_reader.ts";
import { StartError } from "#src/value/start_error.ts";
import { BroadcastSource } from "./source.ts";
import type {
  SourceAnswers,
  SourceReport,
  SourceTask,
  SourceTaskMessage,
  SourceWorkerData,
} from "./source_messages.ts";

const { directory } = workerData as SourceWorkerData;
const images = new StoredImageReader({ directory });
const say = (report: SourceReport): void => parentPort?.postMessage(report);
const source = new BroadcastSource({ images, record: (event) => say({ kind: "event", event }) });

// Of this thread alone: where cores are short, DHCP and the API go first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

parentPort?.on("message", (task: SourceTaskMessage) => {
  const { number } = task;
  carryOut(task).then(
    (answer) => say({ kind: "done", number, answer }),
    (fault: unknown) => {
      const problem = fault instanceof Error ? fault.message : String(fault);
      say({ kind: "failed", number, problem, isStartError: fault instanceof StartError });
    },
  );
});

async function carryOut(task: SourceTask): Promise<SourceAnswers[keyof SourceAnswers]> {
  switch (task.kind) {
    case "listen":
      return await source.listenAt(task.address, task.port);
    case "open":
      return await source.open(task.offer);
    case "sentBytes":
      return source.sentBytes(task.broadcast);
    case "close":
      source.close(task.broadcast);
      return null;
    case "release":
      images.release();
      return null;
    case "stop":
      await source[Symbol.asyncDispose]();
      return null;
  }
}
