/** `brigade doctor` on the command line: what it prints, its exit codes, and whom it asks. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { FindingView } from "#src/http/doctor_types.ts";
import { CliFixture } from "./cli_fixture.ts";

let cli: CliFixture;
beforeAll(async () => {
  cli = await CliFixture.start();
});
afterAll(() => cli[Symbol.asyncDispose]());
beforeEach(() => {
  cli.appliance.findings.length = 0;
});

const finding = (severity: FindingView["severity"], found = "something"): FindingView => ({
  ...{ severity, check: "a-check", found, why: "it matters", fix: "do this" },
});

test.each([
  { severities: [], code: 0 },
  { severities: ["note"], code: 0 },
  { severities: ["warning", "note"], code: 1 },
  { severities: ["error", "warning"], code: 2 },
] as const)("findings $severities: exit code $code", async ({ severities, code }) => {
  cli.appliance.findings.push(...severities.map((one) => finding(one)));
  expect(await cli.run("doctor")).toMatchObject({ code, err: "" });
});

test("each finding with its reason and its fix, and nothing is said of nothing", async () => {
  expect((await cli.run("doctor")).out).toBe("Nothing found that keeps nodes from booting\n");
  cli.appliance.findings.push(finding("error"), finding("note", "a\u202eb\nERROR c"));
  expect((await cli.run("doctor")).out).toBe(
    "error: something\n  why: it matters\n  fix: do this\n\nnote: a\\u202eb\\u000aERROR c\n  why: it matters\n  fix: do this\n",
  );
});

test("--json prints what the API answered", async () => {
  cli.appliance.findings.push(finding("warning"));
  const { code, out } = await cli.run("doctor", "--json");
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual({ findings: [finding("warning")] });
});

test("with --interface it looks itself, with the settings of serve, and asks nobody", async () => {
  const asked: unknown[] = [];
  const examineHere = async (raw: Readonly<Record<string, string>>): Promise<readonly FindingView[]> => {
    asked.push(raw);
    return [finding("error")];
  };
  const words = ["--interface", "eth1", "--data", "/nowhere", "--boot-files", "out/boot"];
  expect(await cli.runWith({ examineHere }, "doctor", ...words)).toMatchObject({ code: 2, err: "" });
  expect(asked).toEqual([{ interface: "eth1", data: "/nowhere", "boot-files": "out/boot" }]);
});

test("a setting that it cannot read is wrong usage", async () => {
  const examineHere = async (): Promise<{ readonly refused: 2 }> => ({ refused: 2 });
  expect(await cli.runWith({ examineHere }, "doctor", "--interface", "eth1")).toMatchObject({
    code: 2,
    out: "",
  });
});

test("an event with hostile words is one line, as a sentence and as JSON", async () => {
  const because = "x\nERROR admin\u001b[2J\u202e\u009b";
  for (const more of [[], ["--json"]]) {
    const heard = Promise.withResolvers<void>();
    const onText = (): void => heard.resolve();
    const args = ["events", ...more, "--api", `127.0.0.1:${cli.port}`, "--data", cli.dir];
    const watching = cli.runWith({ onText }, ...args);
    const again = setInterval(
      () => cli.appliance.log.record({ kind: "agentLost", node: "node1", because }),
      20,
    );
    await heard.promise;
    clearInterval(again);
    cli.interrupt();
    const lines = (await watching).out.trimEnd().split("\n");
    for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]*ERROR admin\\u001b\[2J\\u202e\\u009b/);
  }
});
