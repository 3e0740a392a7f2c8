/** Puts layers into the archives of container tools by hand. Not the code under test: it shares nothing with it. */
import { createHash } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { TAR_END, tarEntry } from "./tar_bytes.ts";

export type LayerPacking = "plain" | "gzip" | "zstd";
export type TestLayer = { readonly tar: Buffer; readonly packing?: LayerPacking };
export type TestImage = {
  readonly layers: readonly TestLayer[];
  readonly architecture?: string;
  readonly tag?: string;
};

type File = { readonly path: string; readonly data: Buffer };
export type Json = Record<string, unknown>;

export const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

const packedLayer = ({ tar, packing = "gzip" }: TestLayer): Buffer =>
  packing === "plain" ? tar : packing === "gzip" ? gzipSync(tar) : zstdCompressSync(tar);

const MEDIA = "application/vnd.oci.image";
const MEDIA_TYPE = {
  plain: `${MEDIA}.layer.v1.tar`,
  gzip: `${MEDIA}.layer.v1.tar+gzip`,
  zstd: `${MEDIA}.layer.v1.tar+zstd`,
} as const;

export function configOf({ layers, architecture = "amd64" }: TestImage): Json {
  return {
    architecture,
    os: "linux",
    rootfs: { type: "layers", diff_ids: layers.map(({ tar }) => `sha256:${sha256(tar)}`) },
  };
}

/** Blobs of an OCI layout, and the descriptor of what was put in last. */
export class Layout {
  readonly files: File[] = [];

  blob(data: Buffer, mediaType: string): Json {
    const hex = sha256(data);
    this.files.push({ path: `blobs/sha256/${hex}`, data });
    return { mediaType, digest: `sha256:${hex}`, size: data.length };
  }

  json(value: unknown, mediaType: string): Json {
    return this.blob(Buffer.from(JSON.stringify(value)), mediaType);
  }

  image(image: TestImage, config: Json = configOf(image)): Json {
    const layers = image.layers.map((layer) =>
      this.blob(packedLayer(layer), MEDIA_TYPE[layer.packing ?? "gzip"]),
    );
    const manifest = {
      schemaVersion: 2,
      config: this.json(config, `${MEDIA}.config.v1+json`),
      layers,
    };
    const descriptor = this.json(manifest, `${MEDIA}.manifest.v1+json`);
    return image.tag
      ? { ...descriptor, annotations: { "org.opencontainers.image.ref.name": image.tag } }
      : descriptor;
  }

  index(manifests: readonly Json[]): Json {
    return this.json({ schemaVersion: 2, manifests }, `${MEDIA}.index.v1+json`);
  }

  archive(manifests: readonly Json[]): Buffer {
    return archiveOf([
      ...this.files,
      { path: "index.json", data: Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })) },
      { path: "oci-layout", data: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    ]);
  }
}

export const archiveOf = (files: readonly File[]): Buffer =>
  Buffer.concat([...files.map(({ path, data }) => tarEntry({ path, data })), TAR_END]);

export function ociArchive(image: TestImage): Buffer {
  const layout = new Layout();
  return layout.archive([layout.image(image)]);
}

/** As `docker save` wrote it until version 24: a folder for each layer, one layer given twice by a link. */
export function dockerArchive(images: readonly TestImage[]): Buffer {
  const files: File[] = [];
  const links: Buffer[] = [];
  const manifest = images.map((image) => {
    const config = Buffer.from(JSON.stringify(configOf(image)));
    files.push({ path: `${sha256(config)}.json`, data: config });
    const layers = image.layers.map(({ tar }, at) => {
      const id = sha256(Buffer.from(`${at} ${sha256(tar)}`));
      files.push({ path: `${id}/VERSION`, data: Buffer.from("1.0") });
      const real = `${sha256(tar)}.tar`;
      if (!files.some(({ path }) => path === real)) files.push({ path: real, data: tar });
      links.push(tarEntry({ path: `${id}/layer.tar`, type: "2", linkPath: `../${real}` }));
      return `${id}/layer.tar`;
    });
    return { Config: `${sha256(config)}.json`, RepoTags: image.tag ? [image.tag] : null, Layers: layers };
  });
  files.push({ path: "manifest.json", data: Buffer.from(JSON.stringify(manifest)) });
  files.push({ path: "repositories", data: Buffer.from("{}") });
  return Buffer.concat([archiveOf(files).subarray(0, -1024), ...links, TAR_END]);
}
