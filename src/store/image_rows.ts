import type { Image, ImageCatalogue, ImageKey } from "#src/images/catalogue.ts";
import { imageLabel, isImageName, isImageVersion } from "#src/images/image_reference.ts";
import type { ImageRow } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedObject, wanted } from "./stored_rows.ts";

const DIGEST = /^[0-9a-f]{64}$/;
const VISIBILITY = /^(?:private|shared|public)$/;

/** Reads come from memory; what is in there is on disk. */
export async function openImages({ db, queue, report }: Parts): Promise<ImageCatalogue> {
  const rows = await db.selectFrom("image_versions").selectAll().execute();
  const images = readRows(rows, { table: "image_versions", keyOf: imageLabel, read: imageOf }, report);
  const byLabel = new Map(images.map((image) => [imageLabel(image), image]));
  return {
    all: () => [...byLabel.values()],
    unreadCount: rows.length - images.length,
    put: async (image) => {
      const row = rowOf(image);
      await queue.write("imagePut", (transaction) =>
        transaction.replaceInto("image_versions").values(row).execute(),
      );
      byLabel.set(imageLabel(image), image);
    },
    remove: async (key) => {
      await queue.write("imageRemove", (transaction) =>
        transaction
          .deleteFrom("image_versions")
          .where("owner", "=", key.owner)
          .where("name", "=", key.name)
          .where("version", "=", key.version)
          .execute(),
      );
      return byLabel.delete(imageLabel(key));
    },
  };
}

type Columns = ImageKey & Pick<Image, "visibility" | "digest">;

function imageOf({ owner, name, version, visibility, digest, image }: ImageRow): Image {
  const isKey = isImageName(owner) && isImageName(name) && isImageVersion(version);
  wanted(isKey && DIGEST.test(digest) ? name : undefined, "owner, name, version or digest");
  wanted(VISIBILITY.test(visibility) ? name : undefined, "visibility");
  const columns: Columns = { owner, name, version, digest, visibility: visibility as Image["visibility"] };
  return { ...storedObject<Omit<Image, keyof Columns>>(image, "image"), ...columns };
}

function rowOf({ owner, name, version, visibility, digest, ...rest }: Image): ImageRow {
  return { owner, name, version, visibility, digest, image: JSON.stringify(rest) };
}
