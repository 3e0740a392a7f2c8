/** The manual's page on deployments against the code. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LEFT_WORDS } from "#src/deploy/left.ts";
import { operationScript } from "#src/deploy/node_scripts/operation.ts";
import {
  DEFAULT_TIME_LIMIT_SEC,
  MAX_ATTEMPTS,
  MAX_OPERATIONS,
  MAX_TIME_LIMIT_SEC,
} from "#src/deploy/operation.ts";
import { operationEnvironment } from "#src/deploy/operation_action.ts";

const page = readFileSync("appliance/manual/deploy.md", "utf8");

test("every variable of a script is on the page, and no other", () => {
  const told = operationEnvironment(
    {
      deployment: { request: {} },
      progress: {},
      state: {},
      tools: { nodeByName: () => undefined },
    } as never,
    { name: "a", when: "before", step: "format", action: { kind: "run", script: "" } },
  );
  const onNode = operationScript({ kind: "run", script: "" }).matchAll(/\b(BRIGADE_[A-Z_]+)=\$\(/g);
  const known = [...Object.keys(told), ...[...onNode].map(([, name]) => name)];
  const listed = [...page.matchAll(/^\| `(BRIGADE_[A-Z_]+)` \|/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual(known.toSorted());
});

test("every condition in which a node is left is on the page", () => {
  const listed = [...page.matchAll(/^\| `([a-zA-Z]+)` \| (?:nothing|its|it runs)/gm)].map(([, word]) => word);
  expect(listed).toEqual([...LEFT_WORDS]);
});

test("the bounds of operations are those of the page", () => {
  expect(page).toContain(`1 to ${MAX_TIME_LIMIT_SEC}; without it ${DEFAULT_TIME_LIMIT_SEC}`);
  expect(page).toContain(`| \`attempts\` | 1 to ${MAX_ATTEMPTS};`);
  expect(page).toContain(`there are at most ${MAX_OPERATIONS}`);
});
