import { Type } from "@fastify/type-provider-typebox";
import { describeLayoutProblem } from "#src/deploy/layout/layout_problem.ts";
import { layoutParts } from "#src/deploy/layout/layout_words.ts";
import type { LayoutProblem, LayoutResult, NamedLayout } from "#src/deploy/layout/layouts.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { LayoutCreate, LayoutView } from "./layout_types.ts";
import { ApiProblem } from "./problem.ts";

const Params = Type.Object({ name: Type.String({ maxLength: 63 }) });

export function layoutRoutes(api: Api, { layouts }: ApiServices): void {
  api.get("/layouts", { schema: { response: { 200: Type.Array(LayoutView) } } }, async () =>
    layouts.all().map(view),
  );

  api.get(
    "/layouts/:name",
    { schema: { params: Params, response: { 200: LayoutView } } },
    async ({ params }) => {
      const named = layouts.byName(params.name);
      return view(
        done(
          named
            ? { ok: true, named }
            : { ok: false, problem: { kind: "unknownLayout", layout: params.name } },
        ),
      );
    },
  );

  api.post(
    "/layouts",
    { schema: { body: LayoutCreate, response: { 201: LayoutView } } },
    async ({ body: { name, text } }, reply) =>
      reply.code(201).send(view(done(await layouts.add(name, text)))),
  );

  api.delete(
    "/layouts/:name",
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ params }, reply) => {
      done(await layouts.remove(params.name));
      return reply.code(204).send(null);
    },
  );
}

const view = ({ layout, text, isBundled }: NamedLayout): LayoutView => ({
  name: layout.name,
  description: layout.description,
  table: layout.table,
  disks: layout.disks,
  bundled: isBundled,
  parts: [...layoutParts(layout)],
  text,
});

const STATUS: Readonly<Record<LayoutProblem["kind"], number>> = {
  unknownLayout: 404,
  badLayoutName: 400,
  layoutTaken: 409,
  bundledLayout: 409,
  layoutInUse: 409,
  tooManyLayouts: 409,
  badLayout: 400,
};

function done(result: LayoutResult): NamedLayout {
  if (result.ok) return result.named;
  const { problem } = result;
  throw new ApiProblem(STATUS[problem.kind], problem.kind, describeLayoutProblem(problem));
}
