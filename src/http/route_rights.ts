/**
 * Who may call what: the one table. A route without a row, or a row without a
 * route, keeps the API from starting. Pure.
 *
 * A right says which role is enough. What a role may do to which object is
 * asked where the object is known: `own` rows ask `ownership.ts`. Rights that a
 * user has on a set of nodes for a time will be asked there too, by handlers
 * that know the nodes, and not here.
 */
import type { Role } from "#src/access/principal.ts";

export type RouteRight = {
  /** The least that is enough. */
  readonly role: Role;
  /** For the table in the API's description; the imperative, no full stop. */
  readonly summary: string;
  /** Those who are no admin may do it to what is theirs only. */
  readonly own?: boolean;
  /** What the answer is when it is no JSON. */
  readonly answer?: string;
  /** What the body is when it is no JSON. */
  readonly body?: string;
  /** A stream that goes on behind a `last-event-id`. */
  readonly resumes?: boolean;
};

export type RightsTable = Readonly<Record<string, RouteRight>>;

type More = Omit<RouteRight, "role" | "summary">;
const right =
  (role: Role) =>
  (summary: string, more: More = {}): RouteRight => ({ role, summary, ...more });
const viewer = right("viewer");
const user = right("user");
const admin = right("admin");

const EVENTS = "text/event-stream";
const BYTES = "application/octet-stream";

/** By method and path below `/api/v1`; what is beside that has its whole path. */
export const ROUTE_RIGHTS: RightsTable = {
  "GET /status": viewer("Say what this appliance is and how much it has"),
  "GET /doctor": viewer("Look for what keeps nodes from booting"),
  "GET /events": viewer("Stream everything that happens", { answer: EVENTS, resumes: true }),

  "GET /backup": admin("Fetch the state of the appliance", { answer: "application/x-tar" }),

  "GET /stats": viewer("Say how much is kept of past runs"),
  "GET /stats/failures": viewer("List failure rates by node, model or step"),
  "GET /stats/steps": viewer("List how long steps take, by model"),
  "GET /stats/slowest": viewer("List the runs that took longest"),
  "GET /stats/boots": viewer("List boot times by model, and the time limits learned from them"),
  "GET /stats/runs": viewer("Fetch every run that is kept, as CSV", { answer: "text/csv" }),
  "GET /windows": viewer("Say who may be started now, and who waits for that"),

  "GET /users": admin("List the users"),
  "POST /users": admin("Add a user"),
  "GET /users/:name": admin("Show a user"),
  "PATCH /users/:name": admin("Change the role of a user, disable or enable them"),
  "DELETE /users/:name": admin("Remove a user with all their tokens"),
  "GET /tokens": user("List tokens: one's own, or for an admin all", { own: true }),
  "POST /tokens": user("Make a token, which is shown this once", { own: true }),
  "DELETE /tokens/:id": user("Revoke a token", { own: true }),
  "GET /me": viewer("Say who asks, and with which role"),
  "GET /metrics": viewer("Count what operators watch, for Prometheus", { answer: "text/plain" }),
  "GET /openapi.json": viewer("Describe this API (OpenAPI 3.1)"),

  "GET /webhooks": admin("List where events are sent to"),
  "POST /webhooks": admin("Send events to a URL"),
  "DELETE /webhooks/:id": admin("Send no events to a URL any more"),
  "POST /webhooks/:id/test": admin("Send a test to a webhook"),

  "GET /nodes": viewer("List nodes"),
  "POST /nodes": admin("Register a machine"),
  "GET /nodes/:name": viewer("Show a node"),
  "PATCH /nodes/:name": admin("Change a node"),
  "DELETE /nodes/:name": admin("Forget a node"),
  "GET /nodes/:name/boots": viewer("Show the last boots of a machine"),
  "POST /nodes/import": admin("Register many machines"),
  "POST /nodes/accept": admin("Accept what nodes show themselves to be"),
  "POST /nodes/name-by-port": admin("Name nodes by the switch ports that they are at"),
  "POST /nodes/:name/merge": admin("Make one node out of two"),
  "POST /nodes/:name/split": admin("Make two nodes out of one"),
  "POST /nodes/:name/replace": admin("Put another machine in the place of a node"),
  "POST /nodes/:name/swap": admin("Exchange the machines of two nodes"),
  "GET /identity/findings": viewer("List what does not fit together about nodes"),
  "GET /identity/naming": viewer("List the rules that name machines"),
  "POST /identity/naming": admin("Add a rule that names machines"),
  "DELETE /identity/naming/:id": admin("Remove a rule that names machines"),

  "GET /groups": viewer("List the groups"),
  "POST /groups": admin("Make a group"),
  "GET /groups/:name": viewer("Show a group"),
  "PATCH /groups/:name": admin("Change a group"),
  "DELETE /groups/:name": admin("Remove a group that no node is in"),
  "GET /groups/:name/workflow": viewer("Show how nodes of a group are installed"),
  "PUT /groups/:name/workflow": admin("Say how nodes of a group are installed"),
  "DELETE /groups/:name/workflow": admin("Install nodes of a group as all others"),
  "GET /groups/:name/operations": admin("Show what nodes of a group do beside the steps of deployments"),
  "PUT /groups/:name/operations": admin("Say what nodes of a group do beside the steps of deployments"),
  "DELETE /groups/:name/operations": admin("Let nodes of a group do nothing beside the steps of deployments"),
  "GET /ssh-key": viewer("Show the public key that the appliance comes with"),

  "GET /layouts": viewer("List the layouts of disks"),
  "POST /layouts": admin("Add a layout"),
  "GET /layouts/:name": viewer("Show a layout and its file"),
  "DELETE /layouts/:name": admin("Remove a layout"),

  "GET /images": viewer("List images"),
  "GET /images/:name": viewer("Show an image"),
  "GET /images/:name/description": viewer("Print what is said of an image, as an import takes it"),
  "POST /image-descriptions": user("Read a description for an import that follows"),
  "PATCH /images/:name": user("Change what is said of an image", { own: true }),
  "PUT /images/:name": user("Import an image", { own: true, body: BYTES }),
  "DELETE /images/:name": user("Remove an image", { own: true }),
  "POST /images/:name/verify": user("Read an image whole and compare it with its digests"),
  "GET /images/:name/raw": user("Fetch the tar or disk that was imported", { answer: BYTES }),
  "GET /imports": viewer("List the imports that run"),
  "GET /imports/:name": viewer("Show an import that runs"),

  "GET /deployments": viewer("List deployments, the newest first"),
  "POST /deployments": user("Install an image on nodes"),
  "GET /deployments/:id": viewer("Show a deployment node by node"),
  "DELETE /deployments/:id": user("Cancel a deployment", { own: true }),
  "POST /deployments/:id/continue": user("Let nodes go on that stand before a step", { own: true }),
  "POST /deployments/:id/nodes": user("Take late nodes into a deployment", { own: true }),
  "POST /deployments/:id/retry": user("Install again what failed", { own: true }),
  "GET /deployments/:id/events": viewer("Stream how a deployment goes", { answer: EVENTS }),
  "POST /power": admin("Switch nodes on and off, or ask their BMCs"),

  "GET /fabric": viewer("Show how the network is wired"),
  "GET /fabric/order": viewer("Show the order in which a chain would go through nodes"),
  "POST /fabric/check": viewer("Compare the wiring with what is expected"),
  "GET /fabric/scan": viewer("Show how the scan of the switches stands"),
  "POST /fabric/scan": admin("Begin a scan of the switches"),
  "DELETE /fabric/scan": admin("End the scan of the switches"),
  "GET /fabric/scans": viewer("List past scans"),
};
