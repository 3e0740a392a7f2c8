import { expect, test } from "vitest";
import { readOperationsYaml } from "#src/cli/operations_yaml.ts";

const FILE = `# what our nodes need
operations:
  - name: firmware
    before: partition
    run: ./firmware.sh
    environment: {WANTED: 1.40, EMPTY: ""}
    timeout: 120
    attempts: 2
  - name: motd
    after: identity
    send: motd.txt
    to: /mnt/target/etc/motd
    mode: 0644
  - name: own
    instead: format
    script: |
      #!/bin/sh
      true
`;

test("reads what runs, what is sent and what stands in it, as written", () => {
  expect(readOperationsYaml(FILE)).toEqual({
    ok: true,
    operations: [
      {
        ...{ name: "firmware", when: "before", step: "partition", timeLimitSec: 120, attempts: 2, line: 3 },
        work: { kind: "run", path: "./firmware.sh", environment: { WANTED: "1.40", EMPTY: "" } },
      },
      {
        ...{ name: "motd", when: "after", step: "identity", line: 9 },
        work: { kind: "send", path: "motd.txt", to: "/mnt/target/etc/motd", mode: "0644" },
      },
      {
        ...{ name: "own", when: "instead", step: "format", line: 14 },
        work: { kind: "script", text: "#!/bin/sh\ntrue\n" },
      },
    ],
  });
});

test("a list alone is one", () => {
  expect(readOperationsYaml("- {name: a, before: sync, script: sync}")).toMatchObject({ ok: true });
  expect(readOperationsYaml("operations: []")).toEqual({ ok: true, operations: [] });
});

test.each([
  ["", 1, "operations, a list"],
  ["operations: {}", 1, "operations, a list"],
  ["operation: []", 1, "one of operations"],
  ["- text", 1, "an operation: name"],
  ["- before: sync\n  script: x", 1, "name, a word"],
  ["- name: a\n  script: x", 1, "one of before, after and instead"],
  ["- name: a\n  before: sync\n  after: mount\n  script: x", 1, "one of before, after and instead"],
  ["- name: a\n  before: sync", 1, "one of run (a file), script (its text) and send (a file)"],
  ["- name: a\n  before: sync\n  run: x\n  send: y", 1, "one of run (a file)"],
  ["- name: a\n  before: sync\n  send: y", 3, "to beside send"],
  ["- name: a\n  before: sync\n  script: x\n  mode: 644", 4, "no mode beside script"],
  ["- name: a\n  before: sync\n  send: y\n  to: /z\n  environment: {A: b}", 5, "no environment beside send"],
  ["- name: a\n  before: sync\n  script: x\n  environment: [A]", 4, "environment, a mapping"],
  ["- name: a\n  before: sync\n  script: x\n  environment:\n    A: [b]", 5, "a name and a text"],
  ["- name: a\n  before: sync\n  script: x\n  timeout: 1 min", 4, "timeout, in seconds"],
  ["- name: a\n  before: sync\n  script: x\n  attempts: 0", 4, "attempts, a number"],
  ["- name: a\n  before: sync\n  script: x\n  retries: 1", 4, "one of name, before"],
  ["- &a {name: a, before: sync, script: x}\n- *a", 2, "an operation"],
  ["- name: a\n  name: b\n  before: sync\n  script: x", 2, "YAML: Map keys must be unique"],
  ["- [", 1, "YAML: "],
  [`${"[".repeat(100)}`, 1, "less depth"],
])("refuses %j at its line", (text, line, wanted) => {
  const read = readOperationsYaml(text);
  expect(read.ok ? [] : read.problems).toContainEqual({ line, wanted: expect.stringContaining(wanted) });
});
