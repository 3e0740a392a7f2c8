import { createInterface } from "node:readline";
import { answer, oidOf, type Row } from "./pass_persist.ts";

/** Answers snmpd on stdin and stdout until it ends. @param rows in order; asked for at each request */
export function servePassPersist(rows: () => readonly Row[]): void {
  const say = (...lines: readonly string[]): boolean => process.stdout.write(`${lines.join("\n")}\n`);
  let command = "";
  createInterface(process.stdin).on("line", (line) => {
    if (line === "PING") {
      say("PONG");
    } else if (command === "") {
      command = line;
    } else {
      say(...answer(rows(), command, oidOf(line)));
      command = "";
    }
  });
}
