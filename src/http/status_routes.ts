import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { StatusView } from "./api_types.ts";
import { DoctorView } from "./doctor_types.ts";
import { streamEvents } from "./event_stream.ts";

export function statusRoutes(api: Api, services: ApiServices): void {
  api.get("/status", { schema: { response: { 200: StatusView } } }, async () => {
    const nodes = services.nodes.all();
    return {
      ...services.status(),
      nodes: nodes.length,
      discovered: nodes.filter(({ status }) => status === "discovered").length,
      images: services.images.all().length,
      runningDeployments: services.deployments.running().length,
    };
  });

  api.get("/doctor", { schema: { response: { 200: DoctorView } } }, async () => ({
    findings: [...(await services.examine())],
  }));

  api.get("/events", async (request, reply) => {
    reply.hijack();
    streamEvents({ events: services.events, request: request.raw, response: reply.raw });
  });
}
