import { STATUS_CODES } from "node:http";
import type { FastifyReply } from "fastify";
import type { Problem } from "./api_types.ts";

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** Thrown by a handler to answer with problem details (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  /** Last part of the problem's `type`, for programs: `nodeBusy`. */
  readonly kind: string;

  constructor(status: number, kind: string, detail: string) {
    super(detail);
    this.status = status;
    this.kind = kind;
  }
}

export const notFound = (what: string, name: string, list: string): ApiProblem =>
  new ApiProblem(404, "unknown", `No ${what} is called "${name}"; see "brigade ${list}"`);

export function problemBody({
  status,
  kind,
  message,
}: Pick<ApiProblem, "status" | "kind" | "message">): Problem {
  return { type: `/problems/${kind}`, title: STATUS_CODES[status] ?? "Problem", status, detail: message };
}

export function sendProblem(
  reply: FastifyReply,
  problem: Pick<ApiProblem, "status" | "kind" | "message">,
): FastifyReply {
  return reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(problemBody(problem));
}
