import { expect, test } from "vitest";
import { readProbeOption } from "#src/cli/probe_option.ts";

test.each([
  ["ssh-host-key", { kind: "ssh-host-key" }],
  ["none", { kind: "none" }],
  ["phone-home", { kind: "phone-home" }],
  ["tcp:22", { kind: "tcp", port: 22 }],
  ["http:80", { kind: "http", port: 80, path: "/" }],
  ["http:8080/a?b=c", { kind: "http", port: 8080, path: "/a?b=c" }],
  ["ssh:systemctl is-active slurmd", { kind: "ssh", command: "systemctl is-active slurmd" }],
  ["ssh:", undefined],
  ["ssh:a\nb", undefined],
  ["tcp:0", undefined],
  ["tcp:65536", undefined],
  ["tcp:", undefined],
  ["http:80/a b", undefined],
  ["http:80//\r\nHost: x", undefined],
  ["ssh", undefined],
  ["", undefined],
])("%j", (text, expected) => {
  expect(readProbeOption(text)).toEqual(expected);
});
