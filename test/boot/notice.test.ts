import { expect, test } from "vitest";
import { readNoticeName, renderNotice } from "#src/boot/notice.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const config = { serverAddress: "10.77.0.1" as Ipv4, httpPort: 8080 };

test("a notice tries the script once more and lets go", () => {
  const where = { mac: "52:54:00:00:00:01" as Mac, server: config.serverAddress, httpPort: 8080 };
  const script = renderNotice("it came 4 times", where);
  expect(script).toContain(
    "\nchain --autofree http://10.77.0.1:8080/boot/52-54-00-00-00-01.ipxe || goto failed\n:failed\n",
  );
  expect(script).toMatch(/^#!ipxe\necho Brigade: it came 4 times\n/);
  expect(script.endsWith("\nexit 1\n")).toBe(true);
});

test.each([
  ["no-loader-starts/52-54-00-00-00-01", { mac: "52:54:00:00:00:01", isScript: false }],
  ["no-loader-starts/52-54-00-00-00-01.ipxe", { mac: "52:54:00:00:00:01", isScript: true }],
  ["no-loader-starts/52-54-00-00-00-01\n", undefined],
  ["no-loader-starts/../52-54-00-00-00-01", undefined],
])("the file %j is the notice %j", (name, expected) => {
  expect(readNoticeName(name)).toEqual(expected);
});
