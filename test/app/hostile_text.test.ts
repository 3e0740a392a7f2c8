/** What strangers write into names ends up as one line that does nothing: in both logs, and in what commands print. */
import { describe, expect, test } from "vitest";
import { CONTROL, decodeAgentMessage } from "#src/agent/messages.ts";
import { jsonLog, type Log, terminalLog } from "#src/app/log.ts";
import { bootsReport } from "#src/cli/boots_report.ts";
import { fields, json, table } from "#src/cli/output.ts";
import { readFacts } from "#src/dhcp/facts.ts";
import { OPTION, readText } from "#src/dhcp/option.ts";
import { decodeDhcp, encodeDhcp } from "#src/dhcp/packet.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { sseText } from "#src/http/sse.ts";
import { decodeTftp } from "#src/tftp/packet.ts";
import { clientPacket } from "#test/dhcp/packets.ts";
import { EVENTS } from "#test/manual/samples.ts";

/** A second line for the log, a cleared screen by ESC and by its C1 form, text that runs backwards, other line ends. */
const HOSTILE = "a\nERROR admin logged in\u001b[2J\u009b31m\u202egpj\u2028b\r\u0000\u007f\u2066";
const bytes = Buffer.from(HOSTILE);
const ACTS = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

function logged(use: (log: Log) => void): { readonly terminal: string; readonly file: string } {
  let [terminal, file] = ["", ""];
  use(
    terminalLog(
      (line) => {
        terminal += line;
      },
      () => new Date(0),
    ),
  );
  use(
    jsonLog({
      write: (line) => {
        file += line;
      },
    }),
  );
  return { terminal, file };
}

function expectOneInertLine(text: string): void {
  expect(text.endsWith("\n")).toBe(true);
  expect(text.slice(0, -1)).not.toMatch(ACTS);
}

/** The event with every text in it replaced. */
const hostile = (event: ApplianceEvent): ApplianceEvent =>
  Object.fromEntries(
    Object.entries(event).map(([name, value]) => [
      name,
      typeof value === "string" && name !== "kind" ? HOSTILE : value,
    ]),
  ) as ApplianceEvent;

test.each(Object.values(EVENTS))("event $kind", (event) => {
  const { terminal, file } = logged((log) => log.event(hostile(event)));
  expectOneInertLine(terminal);
  expectOneInertLine(file);
  expect(JSON.parse(file).event).toEqual(hostile(event));
  expect(sseText("event", JSON.stringify(hostile(event))).split("\n")).toHaveLength(4);
});

test("a fault's text too", () => {
  const { terminal, file } = logged((log) => log.fault("Doing", new Error(HOSTILE)));
  expectOneInertLine(terminal);
  expectOneInertLine(file);
});

const dhcpText = (code: number): string | undefined => {
  const packet = decodeDhcp(encodeDhcp(clientPacket({ options: [[code, bytes]] })));
  return packet.ok ? readText(packet.value.options.get(code)) : undefined;
};
const problemOf = (read: ReturnType<typeof decodeTftp>): string =>
  read.ok ? "nothing" : `${read.error.field}: ${read.error.detail}`;
const agentSays = (type: number, message: object): string => {
  const read = decodeAgentMessage(type, Buffer.from(JSON.stringify(message)));
  return JSON.stringify(read.ok ? read.value : read.error);
};

describe.each([
  ["DHCP host name", dhcpText(OPTION.hostName)],
  ["DHCP vendor class", dhcpText(OPTION.vendorClass)],
  ["DHCP user class", dhcpText(OPTION.userClass)],
  [
    "TFTP file name",
    problemOf(decodeTftp(Buffer.concat([Buffer.from([0, 1]), bytes, Buffer.from("\0octet\0")]))),
  ],
  [
    "TFTP option",
    problemOf(decodeTftp(Buffer.concat([Buffer.from("\0\x01a\0octet\0"), bytes, Buffer.from("\x000\0")]))),
  ],
  ["agent's reason", agentSays(CONTROL.leaving, { how: "reboot", error: HOSTILE })],
  ["agent's job", agentSays(CONTROL.listening, { id: HOSTILE, port: 1 })],
])("%s, by the real decoder", (_, text) => {
  test("is one inert line of the log", () => {
    expect(text).toBeTruthy();
    const { terminal, file } = logged((log) =>
      log.event({ kind: "packetRejected", protocol: "dhcp", peer: "10.77.0.9", problem: text ?? "" }),
    );
    expectOneInertLine(terminal);
    expectOneInertLine(file);
  });
});

test("a packet with hostile classes is read like any other", () => {
  const options = [
    [OPTION.vendorClass, Buffer.concat([Buffer.from("PXEClient:"), bytes])],
    [OPTION.userClass, bytes],
  ] as const;
  const facts = readFacts(clientPacket({ options }));
  expect(facts.ok).toBe(true);
  expect(JSON.stringify(facts)).not.toMatch(ACTS);
});

describe("what commands print", () => {
  const linesOf = (text: string): readonly string[] => text.split("\n");

  test("tables and fields", () => {
    const text = table(["A", "B"], [[HOSTILE, "1"]]) + fields([["name", HOSTILE]]);
    expect(linesOf(text)).toHaveLength(4);
    for (const line of linesOf(text)) expect(line).not.toMatch(ACTS);
  });

  test("JSON, which reads back as it was", () => {
    const value = { name: HOSTILE, list: [HOSTILE] };
    expect(linesOf(json(value))).toHaveLength(7);
    for (const line of linesOf(json(value))) expect(line).not.toMatch(ACTS);
    expect(JSON.parse(json(value))).toEqual(value);
  });

  test("boots", () => {
    const entry = { atMs: 0, lastAtMs: 0, times: 1, words: HOSTILE, kind: HOSTILE };
    const stall = { kind: HOSTILE, words: HOSTILE, advice: HOSTILE };
    const boot = { startedAtMs: 0, leftOut: 0, entries: [entry], delays: [], stall };
    const view = { node: HOSTILE, macs: [HOSTILE], boots: [boot] } as unknown as Parameters<
      typeof bootsReport
    >[0];
    for (const line of linesOf(bootsReport(view))) expect(line).not.toMatch(ACTS);
  });
});
