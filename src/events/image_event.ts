import { unreachable } from "#src/value/unreachable.ts";

/** What became of the images of the catalogue. `image` is a label: `debian-12:3`. */
export type ImageEvent =
  | {
      readonly kind: "imageImported";
      readonly image: string;
      readonly bytes: number;
      readonly tookMs: number;
    }
  | { readonly kind: "imageChanged"; readonly image: string }
  | { readonly kind: "imageRemoved"; readonly image: string }
  /** `problem` is a whole sentence that names image, chunk and file. */
  | { readonly kind: "imageDamaged"; readonly image: string; readonly problem: string };

/** The sentences of `describeEvent` for these. */
export function describeImageEvent(event: ImageEvent): string {
  switch (event.kind) {
    case "imageImported":
      return `Image ${event.image} imported: ${event.bytes} bytes in ${event.tookMs} ms`;
    case "imageChanged":
      return `Image ${event.image} was changed`;
    case "imageRemoved":
      return `Image ${event.image} was removed`;
    case "imageDamaged":
      return event.problem;
    default:
      return unreachable(event);
  }
}
