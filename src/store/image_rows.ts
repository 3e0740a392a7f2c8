import { type Image, type ImageCatalogue, isImageName } from "#src/images/catalogue.ts";
import type { ImageRow } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedObject, wanted } from "./stored_rows.ts";

const DIGEST = /^[0-9a-f]{64}$/;

/** Reads come from memory; what is in there is on disk. */
export async function openImages({ db, queue, report }: Parts): Promise<ImageCatalogue> {
  const rows = await db.selectFrom("images").selectAll().execute();
  const images = readRows(rows, { table: "images", keyOf: ({ name }) => name, read: imageOf }, report);
  const byName = new Map(images.map((image) => [image.name, image]));
  return {
    byName: (name) => byName.get(name),
    all: () => [...byName.values()],
    put: async (image) => {
      const row = rowOf(image);
      await queue.write((transaction) => transaction.replaceInto("images").values(row).execute());
      byName.set(image.name, image);
    },
    remove: async (name) => {
      await queue.write((transaction) => transaction.deleteFrom("images").where("name", "=", name).execute());
      return byName.delete(name);
    },
  };
}

function imageOf({ name, digest, description }: ImageRow): Image {
  wanted(isImageName(name) && DIGEST.test(digest) ? name : undefined, "name or digest");
  return { ...storedObject<Omit<Image, "name" | "digest">>(description, "description"), name, digest };
}

function rowOf({ name, digest, ...rest }: Image): ImageRow {
  return { name, digest, description: JSON.stringify(rest) };
}
