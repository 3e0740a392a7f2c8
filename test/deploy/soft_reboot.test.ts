import { expect, test } from "vitest";
import type { HostKeySeen } from "#src/deploy/host_key_probe.ts";
import { rebootSoftly } from "#src/deploy/soft_reboot.ts";
import type { StepTools } from "#src/deploy/tools.ts";
import { attempt } from "./attempt.ts";

const KEY: HostKeySeen = { kind: "key", key: "ssh-ed25519 OLD" };
const NOTHING: HostKeySeen = { kind: "nothing", why: "no answer" };

test.each([
  { seen: [KEY, NOTHING, NOTHING, KEY, NOTHING, NOTHING, NOTHING], left: 0 },
  { seen: [NOTHING, NOTHING, NOTHING, KEY], left: 1 },
])("a system went down when nobody answers three times in a row", async ({ seen, left }) => {
  const looks = [...seen];
  const scripts: string[] = [];
  const ssh: StepTools["ssh"] = async ({ script }) => {
    scripts.push(script);
    return { kind: "ended", code: 0, outputTail: "" };
  };
  const loginAddressOf = (): never => "10.0.0.5" as never;
  const probeHostKey = async (): Promise<HostKeySeen> => looks.shift() ?? KEY;
  const { context, clock } = attempt({}, { tools: { loginAddressOf, ssh, probeHostKey } });
  expect(await clock.until(rebootSoftly(context))).toBe(true);
  expect(looks).toHaveLength(left);
  // The machine itself looks whether it is the node.
  expect(scripts[0]).toMatch(/macs='52:54:00:00:00:01'\n.*is_the_node \|\| .*systemctl reboot/s);
});
