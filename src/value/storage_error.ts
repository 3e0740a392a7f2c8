/**
 * Something could not be kept, and nothing was changed. The message names the
 * file, what was found and what to do. `diskFull` is the one that a user can mend.
 */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly kind: "diskFull" | "failed";

  constructor(kind: "diskFull" | "failed", message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
