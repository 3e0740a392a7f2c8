/**
 * Lists in pages: `limit` and `after`, and a Link to the next page (RFC 8288). Bodies stay plain arrays. Pure.
 *
 * The cursor is the name of the last one seen, so what is added or removed meanwhile shifts nothing: of what
 * stays, nothing is told twice and nothing is left out.
 */
import { Type } from "typebox";
import { naturalOrder } from "#src/value/natural_order.ts";

export const MAX_PAGE = 1000;

/** Without `limit` the whole list comes. */
export const pageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE })),
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
};

export type Page = { readonly limit?: number | undefined; readonly after?: string | undefined };

/** A total order of names: `node01` and `node1` count alike in the natural one. */
const byName = (left: string, right: string): number =>
  naturalOrder(left, right) || (left < right ? -1 : left > right ? 1 : 0);

/**
 * The part of `all` that is asked for, by name.
 *
 * @returns `next`: what the next page is after; absent on the last one
 */
export function pageOf<T extends { readonly name: string }>(
  all: readonly T[],
  { limit, after }: Page,
): { readonly items: readonly T[]; readonly next?: string } {
  if (limit === undefined && after === undefined) return { items: all };
  const rest = all
    .filter(({ name }) => after === undefined || byName(name, after) > 0)
    .sort((left, right) => byName(left.name, right.name));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return items.length < rest.length && last ? { items, next: last.name } : { items };
}

/** The value of a `link` header. @param url as it was asked for */
export function nextLink(url: string, next: string): string {
  const [path = "", query = ""] = url.split("?");
  const asked = new URLSearchParams(query);
  asked.set("after", next);
  return `<${path}?${asked}>; rel="next"`;
}
