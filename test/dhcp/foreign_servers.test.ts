import { expect, test } from "vitest";
import { ForeignServers } from "#src/dhcp/foreign_servers.ts";
import { ipv4FromNumber } from "#src/value/ipv4.ts";
import { ip } from "./packets.ts";

test("a server is told of when it appears, and again after ten minutes", () => {
  const servers = new ForeignServers();
  const seen = [0, 1000, 599_999, 600_000, 600_001].map((atMs) => servers.notice(ip("10.77.0.9"), atMs));
  expect(seen).toEqual([true, false, false, true, false]);
});

test("made-up server ids are told of 64 times at most, and make room when they are old", () => {
  const servers = new ForeignServers();
  const flood = (atMs: number): number =>
    Array.from({ length: 10_000 }, (_, at) => servers.notice(ipv4FromNumber(at), atMs)).filter(Boolean)
      .length;
  expect([flood(0), flood(1), flood(600_000)]).toEqual([64, 0, 64]);
});
