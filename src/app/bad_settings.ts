/** Settings that cannot be used. The message has a line for each. */
export class BadSettings extends Error {
  override readonly name = "BadSettings";
}
