import { imageLabel } from "#src/images/image_reference.ts";
import { ImageUnreadable } from "#src/images/reader.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { limitIdle } from "./idle_limit.ts";
import { knownImage, viewerOf } from "./image_lookup.ts";
import { ImageParams } from "./image_types.ts";
import { ApiProblem } from "./problem.ts";

/** A client that takes nothing for this long is given up. */
const EXPORT_IDLE_MS = 60_000;

/**
 * `GET /images/:name/raw`: the tar or disk that was imported, unpacked, with its SHA-256 (RFC 9530).
 *
 * What is damaged is found while it is sent: the connection ends before `content-length` bytes then.
 */
export function exportRoutes(api: Api, services: ApiServices): void {
  api.get(
    "/images/:name/raw",
    { schema: { params: ImageParams }, exposeHeadRoute: false },
    async (request, reply) => {
      const image = knownImage(services, request.params.name, viewerOf(request));
      const name = imageLabel(image);
      const stream = await services.library.export(image).catch((fault: unknown) => {
        throw fault instanceof ImageUnreadable ? damaged(services, name, fault) : fault;
      });
      stream.once("error", (fault) => fault instanceof ImageUnreadable && damaged(services, name, fault));
      limitIdle(request.raw, EXPORT_IDLE_MS);
      return reply
        .header("content-type", image.kind === "archive" ? "application/x-tar" : "application/octet-stream")
        .header("content-length", image.rawBytes)
        .header("content-digest", `sha-256=:${Buffer.from(image.rawDigest, "hex").toString("base64")}:`)
        .send(stream);
    },
  );
}

function damaged({ record }: ApiServices, image: string, { message }: ImageUnreadable): ApiProblem {
  record({ kind: "imageDamaged", image, problem: `${message}; import it again with --replace` });
  return new ApiProblem(500, "imageDamaged", `Cannot export image "${image}": ${message}`);
}
