import type { InjectOptions } from "fastify";
import type { Role } from "#src/access/principal.ts";
import { apiServer } from "#src/http/api_server.ts";
import { FakeAppliance, TOKEN } from "./fake_appliance.ts";

export const PASSWORD = "canary-p4ssword";
export const MAC = "52:54:00:77:00:01";
export const MAC_2 = "52:54:00:77:00:02";
export const IPMI = { driver: "ipmi", address: "10.77.0.201", user: "admin", password: PASSWORD };
export const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me@host";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The API over an appliance in memory, asked without a socket. */
export function setup() {
  const appliance = new FakeAppliance();
  const api = apiServer(appliance.services);
  const ask = async (
    method: Method,
    path: string,
    payload?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const options: InjectOptions = {
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    };
    const response = await api.inject(
      payload === undefined ? options : { ...options, payload: payload as object },
    );
    return {
      status: response.statusCode,
      type: String(response.headers["content-type"]),
      text: response.body,
      json: response.body === "" ? undefined : JSON.parse(response.body),
    };
  };
  /** A new user of that role. @returns a token of theirs */
  const tokenOf = async (role: Role, name = `some-${role}`): Promise<string> => {
    await appliance.users.add({ name, role });
    const made = await appliance.users.createToken({ user: name, label: "test" });
    if (!made.ok) throw new Error(made.problem.kind);
    return made.value.secret;
  };
  /** As `ask`, by somebody else. */
  const askAs = (token: string, method: Method, path: string, payload?: unknown) =>
    ask(method, path, payload, { authorization: `Bearer ${token}` });
  const addNode = (change: object = {}) =>
    ask("POST", "/nodes", { name: "node1", macs: [MAC], power: IPMI, ...change });
  const deploy = (change: object = {}) =>
    ask("POST", "/deployments", { image: "debian-12", nodes: "node1", authorizedKeys: [KEY], ...change });
  return { appliance, api, ask, askAs, tokenOf, addNode, deploy };
}
