import { Type } from "@fastify/type-provider-typebox";
import type { ApiToken } from "#src/access/user.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { requireOwn } from "./ownership.ts";
import { ApiProblem } from "./problem.ts";
import { accessDone } from "./user_routes.ts";
import { NewTokenView, TokenCreate, TokenView } from "./user_types.ts";

const Params = Type.Object({ id: Type.String({ maxLength: 32 }) });
const Wanted = Type.Object(
  { user: Type.Optional(Type.String({ maxLength: 32 })) },
  { additionalProperties: false },
);

/** Everybody manages the tokens of their own, admins those of all. */
export function tokenRoutes(api: Api, { users, nowMs }: ApiServices): void {
  api.get(
    "/tokens",
    { schema: { querystring: Wanted, response: { 200: Type.Array(TokenView) } } },
    async ({ principal, query }) => {
      const user = query.user ?? (principal.role === "admin" ? undefined : principal.name);
      if (user !== undefined) requireOwn(principal, user, `list the tokens of "${user}"`);
      return users.tokens(user).map(view);
    },
  );

  api.post(
    "/tokens",
    { schema: { body: TokenCreate, response: { 201: NewTokenView } } },
    async ({ principal, tokenId, body }, reply) => {
      const { user = ownName(principal), label = "", expiresInSec } = body;
      requireOwn(principal, user, `make a token of "${user}"`);
      const wantedMs = expiresInSec === undefined ? undefined : nowMs() + expiresInSec * 1000;
      const expiresAtMs = earlier(wantedMs, users.tokens().find(({ id }) => id === tokenId)?.expiresAtMs);
      const made = accessDone(await users.createToken({ user, label, expiresAtMs }));
      return reply.code(201).send({ ...view(made.token), token: made.secret });
    },
  );

  api.delete(
    "/tokens/:id",
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ principal, params: { id } }, reply) => {
      const token = users.tokens().find((one) => one.id === id);
      if (token) requireOwn(principal, token.user, `revoke token ${id}`);
      accessDone(await users.revoke(id));
      return reply.code(204).send(null);
    },
  );
}

/** Nobody makes a token that outlives the one they came with. Absent: never. */
const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

/** The token file is nobody's in particular. */
function ownName({ name, kind }: { readonly name: string; readonly kind: string }): string {
  if (kind === "token") return name;
  throw new ApiProblem(400, "noUser", "Cannot make a token: say whose with --user");
}

function view({ id, label, user, createdAtMs, lastUsedAtMs, expiresAtMs }: ApiToken): TokenView {
  const often = lastUsedAtMs === undefined ? {} : { lastUsedAtMs };
  const until = expiresAtMs === undefined ? {} : { expiresAtMs };
  return { id, label, user, createdAtMs, ...often, ...until };
}
