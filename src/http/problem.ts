import { STATUS_CODES } from "node:http";
import type { FastifyReply } from "fastify";
import type { Problem } from "./api_types.ts";

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** What a program may want to know beside the sentence: extension members (RFC 9457, section 3.2). */
export type ProblemFields = Pick<Problem, "holder" | "since" | "busy" | "confirm">;

/** Thrown by a handler to answer with problem details (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  /** Last part of the problem's `type`, for programs: `nodeBusy`. */
  readonly kind: string;
  readonly more: ProblemFields;

  constructor(status: number, kind: string, detail: string, more: ProblemFields = {}) {
    super(detail);
    this.status = status;
    this.kind = kind;
    this.more = more;
  }
}

export const notFound = (what: string, name: string, list: string): ApiProblem =>
  new ApiProblem(404, "unknown", `No ${what} is called "${name}"; see "brigade ${list}"`);

type ProblemParts = Pick<ApiProblem, "status" | "kind" | "message"> & { readonly more?: ProblemFields };

export function problemBody({ status, kind, message, more }: ProblemParts): Problem {
  const title = STATUS_CODES[status] ?? "Problem";
  return { type: `/problems/${kind}`, title, status, detail: message, ...more };
}

export function sendProblem(reply: FastifyReply, problem: ProblemParts): FastifyReply {
  return reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(problemBody(problem));
}
