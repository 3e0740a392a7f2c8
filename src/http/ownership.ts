import type { Principal } from "#src/access/principal.ts";
import { ApiProblem } from "./problem.ts";

/**
 * Lets an admin pass, and whoever the object belongs to.
 *
 * Rights on a set of nodes for a time will be asked beside this one.
 *
 * @param what clause for the message: `cancel d12`
 * @param owner absent: from before owners were kept; only admins pass then
 * @throws {ApiProblem} 403 `notYours`
 */
export function requireOwn(principal: Principal, owner: string | undefined, what: string): void {
  const { name, role } = principal;
  if (role === "admin" || owner === name) return;
  const detail = `Cannot ${what}: it belongs to ${owner ?? "nobody that is known"}, and ${name} is no admin`;
  throw new ApiProblem(403, "notYours", detail);
}
