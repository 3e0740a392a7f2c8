/**
 * A problem that stops the start. Its message is written for the person who
 * started the program: what was tried, what was found, what to do about it.
 * The composition root prints the message alone, without a stack.
 */
export class StartError extends Error {
  override readonly name = "StartError";
}
