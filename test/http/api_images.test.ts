import Value from "typebox/value";
import { beforeEach, expect, test } from "vitest";
import { ImageView } from "#src/http/image_types.ts";
import { setup } from "./api_fixture.ts";
import { IMAGE, TOKEN } from "./fake_appliance.ts";

let { appliance, api, ask, addNode, deploy } = setup();
beforeEach(() => {
  ({ appliance, api, ask, addNode, deploy } = setup());
});

const bytes = { "content-type": "application/octet-stream" };

test("are shown with who uses them, and not removed under a deployment", async () => {
  await addNode();
  const shown = await ask("GET", "/images/debian-12");
  expect(Value.Errors(ImageView, shown.json)).toEqual([]);
  expect(shown.json.usedBy).toEqual([]);
  await deploy();
  expect((await ask("GET", "/images")).json).toMatchObject([{ name: "debian-12", usedBy: ["d1"] }]);
  const refused = await ask("DELETE", "/images/debian-12");
  expect(refused.status).toBe(409);
  expect(refused.json.detail).toContain("d1");
  appliance.deployments.finish("d1");
  expect((await ask("DELETE", "/images/debian-12")).status).toBe(204);
  expect((await ask("DELETE", "/images/debian-12")).status).toBe(404);
});

test("are imported from the body, however long it is", async () => {
  const made = await ask("PUT", "/images/other", "x".repeat(3_000_000), bytes);
  expect(made).toMatchObject({ status: 201, json: { name: "other", rawBytes: 3_000_000 } });
  expect(appliance.events.map(({ kind }) => kind)).toContain("imageImported");
  expect((await ask("GET", "/imports")).json).toEqual([]);
});

test.each([
  ["a taken version", "/images/debian-12:1", "x", 409, /version 1 of it exists/],
  ["a name with a slash", "/images/..%2Fetc", "x", 400, /name must be/],
  ["no archive", "/images/other", "broken", 422, /no archive/],
  ["an option that is none", "/images/other?force=true", "x", 400, /force: there is no such field/],
] as const)("are refused: %s", async (_, path, body, status, detail) => {
  const refused = await ask("PUT", path, body, bytes);
  expect(refused.status).toBe(status);
  expect(refused.json.detail).toMatch(detail);
  expect([...appliance.images.keys()]).toEqual(["debian-12:1"]);
  expect((await ask("GET", "/imports")).json).toEqual([]);
});

test("replace another one when asked to", async () => {
  expect((await ask("PUT", "/images/debian-12?replace=true", "xy", bytes)).json).toMatchObject({
    rawBytes: 2,
  });
});

test("are verified", async () => {
  expect((await ask("POST", "/images/debian-12/verify")).json).toEqual({
    name: "debian-12:1",
    ok: true,
    problems: [],
  });
  expect((await ask("POST", "/images/nothing/verify")).status).toBe(404);
});

test("are given back with their digest, and a damaged one is an event", async () => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await api.inject({ url: "/api/v1/images/debian-12/raw", headers });
  expect(response.statusCode).toBe(200);
  expect(response.rawPayload.equals(appliance.contents.get("debian-12") ?? Buffer.alloc(0))).toBe(true);
  expect(response.headers).toMatchObject({
    "content-type": "application/x-tar",
    "content-length": String(IMAGE.rawBytes),
    "content-digest": `sha-256=:${Buffer.from(IMAGE.rawDigest, "hex").toString("base64")}:`,
  });
  expect((await ask("GET", "/images/nothing/raw")).status).toBe(404);
  appliance.damaged.add("debian-12");
  await expect(api.inject({ url: "/api/v1/images/debian-12/raw", headers })).rejects.toThrow();
  expect(appliance.events).toMatchObject([{ kind: "imageDamaged", image: "debian-12:1" }]);
  expect(appliance.faults).toEqual([]);
  const verified = await ask("POST", "/images/debian-12/verify");
  expect(verified.json).toMatchObject({
    ok: false,
    problems: ['Image "debian-12:1" is damaged: chunk 0: PATH is damaged; import it again with --replace'],
  });
});
