import { GuardedFault, guardedFetch } from "#src/net/guarded_fetch.ts";
import type { Post } from "./courier.ts";

const TIME_LIMIT_MS = 10_000;
/** Of the answer nothing is wanted but its status. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Nothing but 2xx is taken for a delivery: a redirect is none, for what comes after it was never named by an admin. */
export const postGuarded: Post = async ({ url, allowLocal }, { headers, body }, signal) => {
  const limits = { timeoutMs: TIME_LIMIT_MS, wholeMs: TIME_LIMIT_MS, maxBytes: MAX_ANSWER_BYTES };
  try {
    const answer = await guardedFetch({ url, method: "POST", headers, body, allowLocal, signal, ...limits });
    answer.body.destroy();
    const { status } = answer;
    if (status >= 200 && status < 300) return { ok: true, status };
    return { ok: false, why: `the receiver answered ${status}` };
  } catch (fault) {
    if (signal.aborted) return { ok: false, why: "it was broken off" };
    // What it says may have the path of the URL in it, which can be a secret.
    const why = fault instanceof GuardedFault ? WORDS[fault.kind] : "the request could not be made";
    return { ok: false, why };
  }
};

const WORDS: Readonly<Record<GuardedFault["kind"], string>> = {
  badUrl: "its URL is none",
  refused: "its name resolves to an address that may not be asked",
  unreachable: "the receiver cannot be reached",
  timeout: "the receiver does not answer",
  tooLarge: "the receiver answers too much",
  tooManyRedirects: "the receiver redirects",
};
