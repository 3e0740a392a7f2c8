import type { Api } from "./api.ts";
import type { Metrics } from "./metrics.ts";
import { METRICS_MEDIA_TYPE, metricsText } from "./metrics_text.ts";

/** `GET /metrics`, where Prometheus looks for it: beside the API, not below its prefix. */
export function metricsRoute(api: Api, metrics: Metrics): void {
  api.addHook("onResponse", async ({ method, routeOptions }, { statusCode }) =>
    metrics.answered({ method, route: routeOptions.url ?? "none", status: String(statusCode) }),
  );
  api.addHook("onClose", async () => metrics[Symbol.dispose]());
  api.get("/metrics", async (_, reply) =>
    reply
      .type(METRICS_MEDIA_TYPE)
      .serializer(String)
      .send(metricsText(await metrics.families())),
  );
}
