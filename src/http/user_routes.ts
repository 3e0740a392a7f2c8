import { Type } from "@fastify/type-provider-typebox";
import { type ApiToken, describeAccessProblem, type User } from "#src/access/user.ts";
import type { AccessResult } from "#src/access/users.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { ApiProblem } from "./problem.ts";
import { MeView, UserCreate, UserUpdate, UserView } from "./user_types.ts";

const Params = Type.Object({ name: Type.String({ maxLength: 32 }) });

export function userRoutes(api: Api, { users }: ApiServices): void {
  const view = ({ name, role, createdAtMs, disabled }: User): UserView => ({
    ...{ name, role, createdAtMs, disabled, tokens: users.tokens(name).length },
  });

  api.get("/me", { schema: { response: { 200: MeView } } }, async ({ principal: { name, role, kind } }) => ({
    ...{ name, role, kind },
  }));

  api.get("/users", { schema: { response: { 200: Type.Array(UserView) } } }, async () =>
    users.all().map(view),
  );

  api.get("/users/:name", { schema: { params: Params, response: { 200: UserView } } }, async ({ params }) => {
    const user = users.byName(params.name);
    return view(
      accessDone(
        user ? { ok: true, value: user } : { ok: false, problem: { kind: "unknownUser", name: params.name } },
      ),
    );
  });

  api.post("/users", { schema: { body: UserCreate, response: { 201: UserView } } }, async ({ body }, reply) =>
    reply.code(201).send(view(accessDone(await users.add(body)))),
  );

  api.patch(
    "/users/:name",
    { schema: { params: Params, body: UserUpdate, response: { 200: UserView } } },
    async ({ params, body }) => view(accessDone(await users.update(params.name, body))),
  );

  api.delete(
    "/users/:name",
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ params }, reply) => {
      accessDone(await users.remove(params.name));
      return reply.code(204).send(null);
    },
  );
}

const STATUS = {
  badUserName: 400,
  userTaken: 409,
  unknownUser: 404,
  unknownToken: 404,
  tooMany: 409,
} as const;

/** @throws {ApiProblem} it was refused */
export function accessDone<T extends User | ApiToken | { readonly secret: string }>(
  result: AccessResult<T>,
): T {
  if (result.ok) return result.value;
  const { problem } = result;
  throw new ApiProblem(STATUS[problem.kind], problem.kind, describeAccessProblem(problem));
}
