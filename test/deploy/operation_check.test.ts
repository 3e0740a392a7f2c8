import { expect, test } from "vitest";
import { type Operation, WHENS } from "#src/deploy/operation.ts";
import { operationProblem } from "#src/deploy/operation_check.ts";
import { DEPLOY_STEPS } from "#src/deploy/steps.ts";
import { operation } from "./states.ts";

const whyNot = (change: Partial<Operation>): string | undefined => operationProblem([operation(change)])?.why;
const send = (change: object): Partial<Operation> => ({
  action: { kind: "send", content: "aGVsbG8=", to: "/etc/motd", mode: "0644", ...change },
});
const run = (change: object): Partial<Operation> => ({
  action: { kind: "run", script: "true\n", ...change },
});

test.each(
  DEPLOY_STEPS.filter(({ phase }) => phase === 2).flatMap(({ name }) =>
    WHENS.map((when) => [when, name] as const),
  ),
)("%s %s is possible", (when, step) => expect(whyNot({ when, step })).toBeUndefined());

test.each([
  ["after", "await-agent"],
  ["after", "adopt-agent"],
  ["before", "leave-ramdisk"],
  ["before", "kexec-into-system"],
] as const)("%s %s is possible, for the agent is there", (when, step) => {
  expect(whyNot({ when, step })).toBeUndefined();
});

test.each([
  ["before", "power-into-ramdisk", "there is no agent on the node that could do it"],
  ["after", "power-into-ramdisk", "there is no agent on the node that could do it"],
  ["before", "await-agent", "the first moment is after await-agent"],
  ["instead", "await-agent", "only steps of phase 2 can be replaced"],
  ["after", "leave-ramdisk", "the last moment is before leave-ramdisk"],
  ["before", "await-system", "the agent has left the node"],
  ["instead", "leave-ramdisk", "only steps of phase 2 can be replaced"],
] as const)("%s %s is refused with the reason", (when, step, why) => {
  expect(whyNot({ when, step })).toContain(why);
});

test.each([
  [{ name: "Bad" }, "its name wants"],
  [{ name: "a".repeat(41) }, "its name wants"],
  [{ name: "a:b" }, "its name wants"],
  [{ timeLimitSec: 0 }, "its time limit wants 1 to 86400 seconds"],
  [{ timeLimitSec: 1.5 }, "its time limit wants"],
  [{ timeLimitSec: 86_401 }, "its time limit wants"],
  [{ maxAttempts: 11 }, "it wants 1 to 10 attempts"],
  [run({ script: "a\0b" }), "its script has a zero byte"],
  [run({ script: "x".repeat(262_145) }), "it has more than 262144 bytes"],
  [run({ environment: { "A=B": "c" } }), '"A=B" is no name for a variable'],
  [run({ environment: { BRIGADE_NODE: "x" } }), "BRIGADE_NODE is Brigade's own variable"],
  [run({ environment: { A: "x".repeat(65_537) } }), "the value of A has"],
  [send({ to: "etc/motd" }), "an absolute path"],
  [send({ to: "/a/../b" }), "an absolute path"],
  [send({ to: "/a/./b" }), "an absolute path"],
  [send({ to: "/a\nb" }), "an absolute path"],
  [send({ mode: "4755" }), "three octal digits"],
  [send({ mode: "rw" }), "three octal digits"],
] as const)("%j is refused", (change, why) => expect(whyNot(change)).toContain(why));

test.each(["/etc/motd", "/mnt/target/etc/..data", "/a/.b", "/über"])("%s is a place", (to) => {
  expect(whyNot(send({ to }))).toBeUndefined();
});

test("together they have bounds, and no name and no replaced step twice", () => {
  const big = (name: string): Operation => operation({ name, ...run({ script: "x".repeat(200_000) }) });
  expect(operationProblem([big("a"), big("b")])).toBeUndefined();
  expect(operationProblem([big("a"), big("b"), big("c")])).toEqual({
    operation: "c",
    why: "with it all have more than 524288 bytes",
  });
  const many = Array.from({ length: 65 }, (_, index) => operation({ name: `a${index}` }));
  expect(operationProblem(many)?.why).toBe("there are more than 64");
  expect(operationProblem([operation({}), operation({})])?.why).toBe("two have this name");
  const instead = (name: string): Operation => operation({ name, when: "instead" });
  expect(operationProblem([instead("a"), instead("b")])?.why).toBe("format is replaced already");
});
