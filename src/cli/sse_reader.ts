/** Server-sent events out of text, however it is cut (WHATWG HTML section 9.2.6). Pure. */
export type SseMessage = { readonly event: string; readonly id: string; readonly data: string };

/** A message of the appliance is far smaller; what is larger is not ours. */
const MAX_PENDING_LENGTH = 64 * 1024 * 1024;

export class SseReader {
  #pending = "";

  /** @returns the messages that `text` completes. @throws RangeError when one never ends */
  feed(text: string): readonly SseMessage[] {
    const blocks = (this.#pending + text).split("\n\n");
    this.#pending = blocks.pop() ?? "";
    if (this.#pending.length > MAX_PENDING_LENGTH)
      throw new RangeError(`A message of the stream is longer than ${MAX_PENDING_LENGTH} characters`);
    return blocks.flatMap(readBlock);
  }
}

function readBlock(block: string): readonly SseMessage[] {
  const lines = block.split("\n");
  const all = (field: string): readonly string[] =>
    lines
      .filter((line) => line.startsWith(`${field}:`))
      .map((line) => line.slice(field.length + 1).replace(/^ /, ""));
  const data = all("data");
  // Comments keep the connection alive and say nothing.
  if (data.length === 0) return [];
  return [{ event: all("event").at(-1) ?? "message", id: all("id").at(-1) ?? "", data: data.join("\n") }];
}
