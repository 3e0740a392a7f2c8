/**
 * The JSON documents of a container image: OCI image-spec 1.1 (index.json, image index, manifest, config) and the
 * manifest.json of `docker save`.
 *
 * Pure. Never throws on text. Only what an import looks at; unknown fields are left alone.
 */

/** No document of an honest image is larger. */
export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;
export const MAX_LAYERS = 512;
const MAX_DESCRIPTORS = 1024;

export type Descriptor = {
  readonly mediaType: string;
  /** `sha256:` or `sha512:` and hex digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** Of an entry of an index. */
  readonly architecture?: string | undefined;
  readonly os?: string | undefined;
  /** As somebody called it: a tag. */
  readonly name?: string | undefined;
};

export type ImageManifest = { readonly config: Descriptor; readonly layers: readonly Descriptor[] };

export type ImageConfig = {
  readonly architecture: string;
  readonly os: string;
  /** Digests of the layers behind their packing. */
  readonly diffIds: readonly string[];
};

/** One entry of `docker save`'s manifest.json. */
export type SavedImage = {
  readonly config: string;
  readonly tags: readonly string[];
  /** Names in the archive. */
  readonly layers: readonly string[];
};

/** @returns `undefined` when the text is no such document. */
export function readIndex(text: string): readonly Descriptor[] | undefined {
  return listOf(parsed(text)?.manifests, MAX_DESCRIPTORS, descriptorOf);
}

export function readManifest(text: string): ImageManifest | undefined {
  const document = parsed(text);
  const config = descriptorOf(document?.config);
  const layers = listOf(document?.layers, MAX_LAYERS, descriptorOf);
  return config && layers ? { config, layers } : undefined;
}

export function readConfig(text: string): ImageConfig | undefined {
  const document = parsed(text);
  const { architecture, os, rootfs } = document ?? {};
  const diffIds = listOf(fieldsOf(rootfs)?.diff_ids, MAX_LAYERS, digestOf);
  if (typeof architecture !== "string" || typeof os !== "string" || !diffIds) return undefined;
  return { architecture, os, diffIds };
}

export function readSavedImages(text: string): readonly SavedImage[] | undefined {
  return listOf(jsonOf(text), MAX_DESCRIPTORS, (entry) => {
    const fields = fieldsOf(entry);
    const config = textOf(fields?.Config);
    const layers = listOf(fields?.Layers, MAX_LAYERS, textOf);
    const tags = listOf(fields?.RepoTags ?? [], MAX_DESCRIPTORS, textOf);
    return config !== undefined && layers && tags ? { config, layers, tags } : undefined;
  });
}

/** Everything that is looked at in any of the documents. */
type Fields = {
  readonly [key in
    | ("manifests" | "config" | "layers" | "architecture" | "os" | "rootfs" | "diff_ids")
    | ("Config" | "Layers" | "RepoTags")
    | ("digest" | "size" | "mediaType" | "platform" | "annotations" | Name)]?: unknown;
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const parsed = (text: string): Fields | undefined => fieldsOf(jsonOf(text));

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

const MAX_TEXT = 4096;

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value.length <= MAX_TEXT ? value : undefined;

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

const digestOf = (value: unknown): string | undefined =>
  typeof value === "string" && DIGEST.test(value) ? value : undefined;

function listOf<T>(
  value: unknown,
  max: number,
  read: (entry: unknown) => T | undefined,
): readonly T[] | undefined {
  if (!Array.isArray(value) || value.length > max) return undefined;
  const items: T[] = [];
  for (const entry of value) {
    const item = read(entry);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function descriptorOf(value: unknown): Descriptor | undefined {
  const fields = fieldsOf(value);
  const digest = digestOf(fields?.digest);
  const sizeBytes = fields?.size;
  if (!fields || !digest || !Number.isSafeInteger(sizeBytes) || Number(sizeBytes) < 0) return undefined;
  const platform = fieldsOf(fields.platform);
  const annotations = fieldsOf(fields.annotations);
  return {
    mediaType: textOf(fields.mediaType) ?? "",
    digest,
    sizeBytes: Number(sizeBytes),
    architecture: textOf(platform?.architecture),
    os: textOf(platform?.os),
    name: NAMES.map((name) => textOf(annotations?.[name])).find((name) => name !== undefined),
  };
}

const NAMES = ["io.containerd.image.name", "org.opencontainers.image.ref.name"] as const;
type Name = (typeof NAMES)[number];

const INDEX_TYPE = /\.(?:index|manifest\.list)\.v\d/;

export const isIndex = ({ mediaType }: Descriptor): boolean => INDEX_TYPE.test(mediaType);
