import { expect, test } from "vitest";
import { terminalLog } from "#src/app/log.ts";
import { inertLine } from "#src/value/inert_line.ts";

test.each([
  ["a new line in a host name", "a\nERROR admin logged in", "a\\u000aERROR admin logged in"],
  ["an escape sequence", "\u001b[2Jgone", "\\u001b[2Jgone"],
  ["a bidirectional override", "abc\u202egpj", "abc\\u202egpj"],
  ["a line separator", "a\u2028b", "a\\u2028b"],
  ["ordinary text of any language", "Knoten 1 – läuft", "Knoten 1 – läuft"],
])("%s stays on one line and does nothing", (_what, text, expected) => {
  expect(inertLine(text)).toBe(expected);
});

test("an event is one line with its time", () => {
  const lines: string[] = [];
  const log = terminalLog(
    (line) => lines.push(line),
    () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
  );
  log.event({ kind: "agentLost", node: "node1", because: "silence\n" });
  expect(lines).toEqual(["03:04:05 Agent of node1 is gone: silence\\u000a\n"]);
});
