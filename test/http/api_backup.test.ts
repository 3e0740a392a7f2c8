import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { apiServer } from "#src/http/api_server.ts";
import { setup } from "./api_fixture.ts";
import { TOKEN } from "./fake_appliance.ts";

test("a backup has what was asked for, and is an event", async () => {
  const { appliance, api } = setup();
  const get = (query: string) =>
    api.inject({ url: `/api/v1/backup${query}`, headers: { authorization: `Bearer ${TOKEN}` } });
  const plain = await get("");
  expect([plain.statusCode, plain.headers["content-type"], plain.body]).toEqual([
    ...[200, "application/x-tar", "backup false false"],
  ]);
  expect((await get("?secrets=true&images=true")).body).toBe("backup true true");
  expect(appliance.events.filter(({ kind }) => kind === "backupTaken")).toEqual([
    { kind: "backupTaken", secrets: false, images: false },
    { kind: "backupTaken", secrets: true, images: true },
  ]);
  expect((await get("?secrets=perhaps")).statusCode).toBe(400);
  expect((await get("?all=true")).statusCode).toBe(400);
});

test("nobody gets one without the token, and one is made at a time", async () => {
  const { appliance } = setup();
  const gate = Promise.withResolvers<void>();
  const backup = async (): Promise<Readable> => {
    await gate.promise;
    return Readable.from(["backup"]);
  };
  const api = apiServer({ ...appliance.services, backup });
  const ask = async () =>
    await api.inject({ url: "/api/v1/backup", headers: { authorization: `Bearer ${TOKEN}` } });
  expect((await api.inject({ url: "/api/v1/backup" })).statusCode).toBe(401);
  const first = ask();
  const second = ask();
  expect((await second).json()).toMatchObject({ status: 409, type: "/problems/backupRunning" });
  gate.resolve();
  expect((await first).body).toBe("backup");
  expect((await ask()).body).toBe("backup");
});

test("one that failed does not stand in the way of the next", async () => {
  const { appliance } = setup();
  let failures = 0;
  const backup = async (): Promise<Readable> => {
    if (failures++ === 0) throw new Error("disk full");
    return Readable.from(["backup"]);
  };
  const api = apiServer({ ...appliance.services, backup });
  const ask = () => api.inject({ url: "/api/v1/backup", headers: { authorization: `Bearer ${TOKEN}` } });
  expect((await ask()).statusCode).toBe(500);
  expect((await ask()).body).toBe("backup");
});
